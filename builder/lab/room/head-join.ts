import { PlumpError } from '#runtime/base/errors.ts';
import type { Vm } from '../types.ts';
import type { RoomImage } from './room-image.ts';

const LIMIT_MS = 600_000;

/** Waits for the address, unpacks the programs as somebody with a checkout would, joins, and tidies up. */
const SCRIPT = `set -e
bytes=$1 code=$2
tries=0
until ip -4 -o address show scope global | grep -q .; do
  tries=$((tries + 1)); [ $tries -lt 300 ] || { echo 'the head gets no address' >&2; exit 1; }
  sleep 0.2
done
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
head -c "$bytes" /dev/vdd | zstd -dc | tar -x -C "$folder"
"$folder/plumpos/bin/plumpos" join --code "$code" --wait 300
`;

/** Makes an ordinary Debian a member by the same verb its owner would use. @throws PlumpError PLUMP_LAB with what it said. */
export async function joinHead(vm: Vm, image: RoomImage, signal: AbortSignal): Promise<void> {
  if (image.headBytes === 0)
    throw new PlumpError('PLUMP_IMAGE', `${image.head} is missing`, { hint: './plumpos build makes it' });
  await vm.channel.ready(signal);
  const words = ['sh', '-c', SCRIPT, 'sh', String(image.headBytes), image.join];
  const joined = await vm.channel.exec(words, { timeoutMs: LIMIT_MS, signal });
  if (joined.status === 0) return;
  const said = `${joined.stderr}${joined.stdout}`.trim();
  throw new PlumpError('PLUMP_LAB', `${vm.spec.name} cannot join: ${said}`);
}

/** Ends when an ordinary Debian has started all it starts. */
export async function headIsUp(vm: Vm, signal: AbortSignal): Promise<void> {
  await vm.channel.ready(signal);
  // Degraded is up, too: what fails is none of the lab's business.
  await vm.channel.exec(['systemctl', 'is-system-running', '--wait'], { timeoutMs: LIMIT_MS, signal });
}
