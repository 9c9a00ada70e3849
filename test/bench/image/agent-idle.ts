import { setTimeout as wait } from 'node:timers/promises';
import { run } from '#builder/host/exec.ts';
import { bootImage } from '#builder/lab/boot-image.ts';
import type { VmTools } from '#builder/lab/types.ts';
import { requestOf } from './machines.ts';

const SETTLE_MS = 30_000;
const WATCH_SECONDS = 60;

/** What the agent of a node costs while nothing happens. */
export interface AgentIdle {
  readonly rssMB: number;
  /** Of `rssMB`, what could not be dropped and read again from the medium. */
  readonly anonymousMB: number;
  /** Of the emulated CPU. */
  readonly cpuPercent: number;
  /** How much slower that is than this machine's own, at work of Node.js. */
  readonly slowdown: number;
}

/** What servers written in JavaScript do all day; prints the microseconds of CPU time it took. */
const WORK = [
  'const from = process.cpuUsage(); let n = 0;',
  `for (let i = 0; i < 30000; i++) n += JSON.stringify(JSON.parse('{"a":[1,2,{"b":"c"}],"d":' + i + '}')).length;`,
  'const { user, system } = process.cpuUsage(from); console.log(user + system);',
].join(' ');

/** Measured inside a joined node of 512 MB, half a minute after it joined, over a minute. */
export async function agentIdle(tools: VmTools): Promise<AgentIdle> {
  await using boot = await bootImage(await requestOf({ medium: 'kernel' }), tools, () => {});
  await boot.watch.until('joined', AbortSignal.timeout(300_000));
  const sh = async (command: string) => (await boot.vm.channel.exec(['sh', '-c', command])).stdout.toString().trim();
  await wait(SETTLE_MS);
  const pid = await sh("ps -o pid,args | awk '/agent.cjs/ && !/awk/ { print $1 }'");
  const ticks = async () => Number(await sh(`awk '{ print $14 + $15 }' /proc/${pid}/stat`));
  const uptime = async () => Number(await sh("cut -d' ' -f1 /proc/uptime"));
  const [from, fromTime] = [await ticks(), await uptime()];
  await wait(WATCH_SECONDS * 1000);
  const [used, passed] = [(await ticks()) - from, (await uptime()) - fromTime];
  const kb = async (field: string) => Number(await sh(`awk '$1 == "${field}:" { print $2 }' /proc/${pid}/status`));
  return {
    rssMB: (await kb('VmRSS')) / 1024,
    anonymousMB: (await kb('RssAnon')) / 1024,
    cpuPercent: used / passed,
    slowdown: Number((await boot.vm.channel.exec(['node', '-e', WORK])).stdout) / Number(await ownWork()),
  };
}

async function ownWork(): Promise<string> {
  return (await run(process.execPath, ['-e', WORK])).stdout;
}
