import type { BootRequest } from '#builder/lab/boot-request.ts';
import { hostText } from './host-text.ts';
import { agentIdle } from './image/agent-idle.ts';
import { measureBuilds } from './image/builds.ts';
import { installerTime } from './image/installer.ts';
import { leastRam } from './image/least-ram.ts';
import { benchTools, joinTime, type Took } from './image/machines.ts';
import { benchValues } from './bench-values.ts';

/** `plumpos bench image`: what docs/benchmarks.md holds, as a table in its form. It asserts nothing. */

const PARTS = ['builds', 'ram', 'paths', 'installer', 'agent'] as const;
const OPTIONS = {
  runs: { type: 'integer', min: 1, default: 3, help: 'boots of each path: the quickest counts' },
  only: { type: 'list', help: `one of ${PARTS.join(', ')}` },
} as const;

const PATHS: readonly (readonly [string, Partial<BootRequest>])[] = [
  ['BIOS, CD', { medium: 'cd' }],
  ['BIOS, USB stick', { medium: 'usb' }],
  ['BIOS, PXE (iPXE)', { medium: 'pxe', memoryMB: 768 }],
  ['UEFI, CD', { firmware: 'uefi', medium: 'cd' }],
  ['UEFI, USB stick', { firmware: 'uefi', medium: 'usb' }],
  ['UEFI, PXE (GRUB)', { firmware: 'uefi', medium: 'pxe', memoryMB: 768 }],
  ['Secure Boot, CD', { firmware: 'secureboot', medium: 'cd' }],
  ['Secure Boot, USB stick', { firmware: 'secureboot', medium: 'usb' }],
  ['`-kernel`', { medium: 'kernel', memoryMB: 768 }],
];

const stop = new AbortController();
const values = await benchValues({
  name: 'image',
  summary: 'sizes, build times, least memory, and time to join of the image',
  options: OPTIONS,
});
const wanted = (part: (typeof PARTS)[number]) => values.only.length === 0 || values.only.includes(part);
const tools = await benchTools(stop.signal);
const ourTimes = new Map<string, Took>();

console.log('| measured | value | aim |\n|---|---|---|');
row('host', hostText());
if (wanted('builds')) await builds();
if (wanted('ram')) await ram();
if (wanted('paths')) await paths();
if (wanted('installer')) await installer();
if (wanted('agent')) await agent();
process.exit(0);

async function builds(): Promise<void> {
  const { cold, unchanged, onePackageChanged, xz, withoutChain } = await measureBuilds(stop.signal);
  row('ISO, zstd, with the Secure Boot chain', megabytes(cold.sizes['iso']), '≤ 58 MB');
  for (const [part, size] of Object.entries(cold.sizes)) if (part !== 'iso') row(`– ${part}`, megabytes(size));
  row('ISO with `--compress xz`', megabytes(xz.sizes['iso']), '≤ 53 MB');
  row('ISO with `--no-secure-boot`', megabytes(withoutChain.sizes['iso']), '4 MB less');
  row('build, nothing in the cache (fetching included)', seconds(cold.seconds));
  row('build, nothing changed', seconds(unchanged.seconds), '≤ 3 s');
  row('build, one package changed', seconds(onePackageChanged.seconds));
}

async function ram(): Promise<void> {
  row('least RAM that joins, CD', `${await leastRam(tools, 'cd', [64, 192])} MB`, '112 MB');
  row('least RAM that joins, PXE', `${await leastRam(tools, 'pxe', [128, 320])} MB`, '192 MB');
}

async function paths(): Promise<void> {
  for (const [title, wish] of PATHS) {
    const best = await quickest(title, () => joinTime(tools, wish));
    ourTimes.set(wish.medium ?? 'cd', ourTimes.get(wish.medium ?? 'cd') ?? best);
    row(`power-on to joined: ${title}`, tookText(best));
  }
}

/** On the same QEMU; ours are those of the BIOS paths, booted anew where they are not known yet. */
async function installer(): Promise<void> {
  for (const medium of ['kernel', 'pxe'] as const) {
    const own = ourTimes.get(medium) ?? (await quickest(medium, () => joinTime(tools, { medium, memoryMB: 768 })));
    const other = await quickest(`installer, ${medium}`, () => installerTime(tools, medium, stop.signal));
    row(`Debian installer to its first screen, ${medium}`, tookText(other));
    const ratio = `${(own.seconds / other.seconds).toFixed(2)} (CPU ${(own.cpuSeconds / other.cpuSeconds).toFixed(2)})`;
    row(`ours as a ratio to it, ${medium}`, ratio, '≤ 1');
  }
}

async function agent(): Promise<void> {
  const idle = await agentIdle(tools);
  row(
    'agent, idle: resident memory',
    `${idle.rssMB.toFixed(1)} MB (${idle.anonymousMB.toFixed(1)} its own)`,
    '≤ 64 MB',
  );
  const own = `${(idle.cpuPercent / idle.slowdown).toFixed(2)} % of a CPU like this host's`;
  const emulated = `${idle.cpuPercent.toFixed(1)} % of the emulated one, which is ${idle.slowdown.toFixed(0)} × slower`;
  row('agent, idle: CPU', `${own} (${emulated})`, '≤ 0.5 %');
}

/** Of several runs, each figure at its best: what disturbs a measurement only ever adds. */
async function quickest(title: string, measure: () => Promise<Took>): Promise<Took> {
  const all: Took[] = [];
  for (let i = 0; i < values.runs; i++) {
    all.push(await measure());
    console.error(`  ${title}: ${tookText(all.at(-1) as Took)}`);
  }
  return {
    seconds: Math.min(...all.map((one) => one.seconds)),
    cpuSeconds: Math.min(...all.map((one) => one.cpuSeconds)),
  };
}

function row(what: string, value: string, aim = ''): void {
  console.log(`| ${what} | ${value} | ${aim} |`);
}

function tookText(one: Took): string {
  return `${seconds(one.seconds)} (${one.cpuSeconds.toFixed(1)} s of CPU)`;
}

function seconds(value: number): string {
  return `${value.toFixed(1)} s`;
}

function megabytes(bytes = Number.NaN): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
