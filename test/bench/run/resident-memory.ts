import type { HeadsRoom } from '../heads-room.ts';

const SECONDS = 3000;
/** Name and resident kB of every process whose program is one of ours; VmRSS of so small ones is often 0. */
const LOOK = `for p in /proc/[0-9]*; do
	case $(readlink $p/exe) in
	*/plumpos) name=deputy ;;
	*/relay) name=relay ;;
	*/.plumpos/init) name=shim ;;
	*) continue ;;
	esac
	echo "$name $(sed -n 's/^Rss: *\\([0-9]*\\) kB/\\1/p' $p/smaps_rollup)"
done`;

/** Bytes of the deputy and relay at home, and of the shim on the host, of one job that sleeps. */
export async function residentMemory({ lab, home, hosts }: HeadsRoom): Promise<Record<string, number>> {
  const [host] = hosts;
  if (host === undefined) throw new Error('there is no host');
  const job = lab.as(home.name, 'alice', `plumpos run --on ${host.name} -- sleep ${SECONDS}`);
  const look = async () => parse(await lab.on(home.name, 'sh', '-c', LOOK), await lab.on(host.name, 'sh', '-c', LOOK));
  const found = await lab.until(look, (all) => 'deputy' in all && 'shim' in all);
  await lab.ok('exec', home.name, '--', 'pkill', '-f', `^sleep ${SECONDS}`);
  await job;
  return found;
}

function parse(...texts: string[]): Record<string, number> {
  const lines = texts.flatMap((text) => text.split('\n').filter((line) => line !== ''));
  return Object.fromEntries(lines.map((line) => line.split(' ')).map(([name, kB]) => [name, Number(kB) * 1024]));
}
