import path from 'node:path';
import { pasteable } from '#runtime/base/called.ts';
import { EXIT, messageOf, PlumpError } from '#runtime/base/errors.ts';
import type { Status } from '#runtime/model/status.ts';
import { defineVerb, type Io, type VerbInput } from '#runtime/base/verb.ts';
import { cacheFolder } from '../cache/cache-folder.ts';
import { type Boot, bootImage, joinArgument } from '../lab/boot-image.ts';
import { type BootRequest, checkBootRequest } from '../lab/boot-request.ts';
import type { ReachedPhase } from '../lab/boot-watch.ts';
import { attachTerminal } from '../lab/attach-terminal.ts';
import { chooseAccelerator } from '../lab/kvm-probe.ts';
import { readOwnImage } from '../lab/own-image.ts';
import { openVmTools } from '../lab/vm-tools.ts';

const OPTIONS = {
  firmware: { type: 'choice', choices: ['bios', 'uefi', 'secureboot'], default: 'bios', help: 'what the PC has' },
  medium: { type: 'choice', choices: ['cd', 'usb', 'pxe', 'kernel'], default: 'cd', help: 'what it starts from' },
  memory: { type: 'integer', value: 'MB', default: 512, min: 16, help: 'RAM of the PC' },
  nics: { type: 'integer', value: 'N', default: 1, min: 0, help: 'network cards, each on a network of its own' },
  'nic-model': { type: 'string', value: 'NAME', default: 'virtio-net-pci', help: 'e.g. e1000, rtl8139, pcnet' },
  cpu: { type: 'string', value: 'MODEL', default: 'qemu64', help: 'e.g. core2duo, Nehalem, max' },
  until: { type: 'choice', choices: ['ready', 'joined'], help: 'end when the agent is that far' },
  timeout: { type: 'number', value: 'SECONDS', min: 1, help: 'give up after this time (default: 300 with --until)' },
  'no-dhcp': { type: 'flag', help: 'no DHCP server on the networks' },
  kernel: { type: 'string', value: 'NAME', help: "a kernel of the image's menu (default: the first)" },
  append: { type: 'string', value: 'ARGS', default: '', help: 'further kernel arguments' },
  json: { type: 'flag', help: 'one event a line, the last one is the result' },
} as const;

type Input = VerbInput<typeof OPTIONS>;

/** Without --until a PC runs as long as its user looks at it, but not for ever. */
const LONGEST_SECONDS = 7200;

/** `plumpos boot`: an image in a virtual PC, for anyone who wants to look. */
export const bootVerb = defineVerb({
  name: 'boot',
  group: 'On the workstation',
  summary: 'start the image in a virtual PC',
  words: '[ISO]',
  maxWords: 1,
  details: [
    'ISO is final/plumpos.iso unless given. pxe and kernel take the files of pxe/ beside it, and the join code of',
    './cluster.key if there is one. The console is on the terminal; Ctrl-C ends everything.',
    '--kernel and --append are typed at the menu (BIOS, CD and USB), put into the script (pxe) or handed over (kernel).',
  ].join('\n'),
  examples: [
    'plumpos boot',
    'plumpos boot --firmware uefi --medium usb --until joined',
    "plumpos boot --no-dhcp --append 'plumpos.ip=eth0:10.1.0.7/24'",
  ],
  options: OPTIONS,
  async run(input) {
    const { values, io } = input;
    const event = (one: object) => values.json && io.out(`${JSON.stringify(one)}\n`);
    await using stack = new AsyncDisposableStack();
    let boot: Boot | undefined;
    try {
      boot = stack.use(await powerOn(input, (reached) => event({ event: 'phase', ...reached })));
      if (!values.json) stack.use(attachTerminal(boot.vm, values.until === undefined));
      const status = await follow(boot, input);
      event({ event: 'result', ok: true, ...resultOf(boot, input, status) });
      if (!values.json) io.err(`\n${boot.watch.phase} after ${boot.watch.reached.at(-1)?.seconds} s`);
      return EXIT.done;
    } catch (error) {
      if (boot !== undefined && !io.signal.aborted) explain(boot, input, io);
      event({ event: 'result', ok: false, ...resultOf(boot, input, undefined), ...failure(error) });
      throw error;
    }
  },
});

async function powerOn(input: Input, onPhase: (reached: ReachedPhase) => void): Promise<Boot> {
  const { io } = input;
  const request = await requestOf(input);
  checkBootRequest(request);
  await readOwnImage(request.iso);
  const tools = await openVmTools({ env: io.env, signal: io.signal, notice: (text) => io.err(text) });
  const accel = await chooseAccelerator(tools, cacheFolder(io.env), io.env);
  io.signal.throwIfAborted();
  return bootImage({ ...request, accel }, tools, onPhase);
}

async function requestOf({ values, positionals, io }: Input): Promise<BootRequest> {
  const iso = path.resolve(io.cwd, positionals[0] ?? 'final/plumpos.iso');
  if (values.nics === 0 && values.until === 'joined')
    throw new PlumpError('PLUMP_USAGE', 'without a network card a node never joins: --nics 0 --until joined', {
      hint: '--until ready',
    });
  const fromNetwork = values.medium === 'pxe' || values.medium === 'kernel';
  const join =
    fromNetwork && !/\bplumpos\.join=/.test(values.append) ? await joinArgument(path.join(io.cwd, 'cluster.key')) : '';
  return {
    iso,
    pxe: path.join(path.dirname(iso), 'pxe'),
    firmware: values.firmware,
    medium: values.medium,
    memoryMB: values.memory,
    nics: values.nics,
    nicModel: values['nic-model'],
    cpu: values.cpu,
    noDhcp: values['no-dhcp'],
    kernel: values.kernel,
    append: [values.append.trim(), join].filter((part) => part !== '').join(' '),
    accel: 'tcg',
    timeLimitSeconds: seconds(values) + 60,
  };
}

function seconds(values: Input['values']): number {
  return values.timeout ?? (values.until === undefined ? LONGEST_SECONDS : 300);
}

/** Until what was asked for is reached; without --until, until the PC is switched off. */
async function follow(boot: Boot, { values, io }: Input): Promise<Status | undefined> {
  const limit = seconds(values);
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), limit * 1000);
  const signal = AbortSignal.any([io.signal, late.signal]);
  try {
    if (values.until !== undefined) return await boot.watch.until(values.until, signal);
    let last: Status | undefined;
    boot.watch.until('joined', signal).then(
      (status) => void (last = status),
      () => {},
    );
    const exit = await Promise.race([boot.vm.exited, aborted(signal)]);
    if (exit.code !== 0) throw new PlumpError('PLUMP_VM', `QEMU ended: ${exit.stderr || `by ${exit.signal}`}`);
    return last;
  } catch (error) {
    if (!late.signal.aborted || io.signal.aborted) throw error;
    const message = `not ${values.until ?? 'off'} within ${limit} s: the boot got as far as '${boot.watch.phase}'`;
    const complaints = await boot.watch.complaints();
    throw new PlumpError('PLUMP_TIMEOUT', message, complaints === '' ? {} : { hint: complaints });
  } finally {
    clearTimeout(timer);
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

/** The fields of a `result` event. Seconds are those of the last phase, from power-on. */
function resultOf(boot: Boot | undefined, { values }: Input, status: Status | undefined): object {
  const { firmware, medium } = values;
  const known = status && {
    secureBoot: status.secureBoot,
    kernel: status.kernel,
    image: status.image,
    nics: status.nics,
    address: status.nics.find((nic) => nic.address !== undefined)?.address,
    overlay: status.overlay,
  };
  return { firmware, medium, phase: boot?.watch.phase, seconds: boot?.watch.reached.at(-1)?.seconds, ...known };
}

function failure(error: unknown): object {
  return { error: messageOf(error), ...(error instanceof PlumpError ? { code: error.code } : {}) };
}

function explain(boot: Boot, input: Input, io: Io): void {
  io.err('');
  io.err(`The boot got as far as '${boot.watch.phase}'. Last lines of the console:`);
  for (const line of boot.vm.console.lines) io.err(`  | ${line}`);
  io.err(pasteable(`To see it again: ${replay(input)}`, io.env));
}

/** The command line that does the same, without what stands for itself. */
function replay({ values, positionals }: Input): string {
  const words = ['plumpos boot', ...positionals.map(quote)];
  for (const [name, spec] of Object.entries(OPTIONS)) {
    const value = values[name as keyof typeof values];
    if (name === 'json' || value === undefined || value === false || ('default' in spec && value === spec.default))
      continue;
    words.push(value === true ? `--${name}` : `--${name} ${quote(String(value))}`);
  }
  return words.join(' ');
}

function quote(word: string): string {
  return /^[\w./:=+-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
