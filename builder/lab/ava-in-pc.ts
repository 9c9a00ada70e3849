import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { avaFolder, type StartAva } from '../host/ava.ts';
import { toolTree } from '../host/tool-tree.ts';
import { chooseAccelerator } from './kvm-probe.ts';
import { startRootPc } from './root-pc.ts';
import { openSupplies } from './supplies.ts';

/** Emulated it takes half an hour. */
const LIMIT_SECONDS = 5400;
const SIGTERM = 15;
/** Of this machine's apt: tests open tools that were made with it. */
const APT = ['/etc/apt', '/usr/share/keyrings'];

/** A PC in which ava can be started as root. */
export interface AvaPc extends AsyncDisposable {
  readonly start: StartAva;
}

/**
 * For tests that are root's (network namespaces, several users) where we are not: the checkout in a virtual Debian PC.
 * @throws PlumpError as the lab's supplies and the PC do
 */
export async function startAvaPc(
  root: string,
  options: {
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly signal: AbortSignal;
    notice(text: string): void;
  },
): Promise<AvaPc> {
  const supplies = await openSupplies(options);
  const accel = await chooseAccelerator(supplies.qemu, supplies.cacheFolder, options.env);
  // What tests compile with; in the PC nothing can be fetched.
  await toolTree(supplies.cacheFolder, supplies.apt, 'libc', options.signal);
  const folders = [root, supplies.cacheFolder, ...APT].filter((folder) => existsSync(folder));
  const vm = await startRootPc({ ...supplies, accel }, folders, LIMIT_SECONDS);
  const environment = {
    PATH: `${avaFolder(root)}:/usr/sbin:/usr/bin:/sbin:/bin`,
    LD_LIBRARY_PATH: options.env['LD_LIBRARY_PATH'] ?? '',
    PLUMPOS_CACHE: supplies.cacheFolder,
    PLUMPOS_SUITE: options.env['PLUMPOS_SUITE'] ?? '',
    PLUMPOS_MIRROR: options.env['PLUMPOS_MIRROR'] ?? '',
    PLUMPOS_KEYRING: options.env['PLUMPOS_KEYRING'] ?? '',
    HOME: '/root',
    LANG: 'C.UTF-8',
    NO_COLOR: '1',
  };
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  return {
    start(words) {
      const said: Buffer[] = [];
      const argv = ['env', '-C', root, ...variables, 'ava', ...words];
      const session = vm.channel.start(argv, { onStderr: (chunk) => void said.push(chunk) });
      session.end();
      const stop = () => session.signal(SIGTERM);
      options.signal.addEventListener('abort', stop, { once: true });
      return {
        lines: createInterface({ input: session }),
        ended: async () => ({ status: await session.exited, stderr: Buffer.concat(said).toString() }),
        stop,
      };
    },
    [Symbol.asyncDispose]: () => vm[Symbol.asyncDispose](),
  };
}
