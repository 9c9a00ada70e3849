import { dlopen, toString } from 'node:ffi';
import { PlumpError } from '../base/errors.ts';
import type { NetworkNamespace } from './netns.ts';
import type { RunCommand } from './run-command.ts';

/**
 * Does commands of nft(8), all or none of them, in one network namespace, and gives what they print.
 * @throws PlumpError PLUMP_TOOL with nft's own words
 */
export type Nft = (commands: string) => Promise<string>;

const CLOSE_RANGE_CLOEXEC = 4;
/** A machine busy with something else takes this long to load nft for the first time (20 s seen on a slow virtual PC). */
const NFT_MS = 90_000;

/** By the program: slow to start, and then gone. `inside` runs in the namespace. */
export function nftProgram(inside: RunCommand): Nft {
  // As `-`, but nft would open /dev/stdin, a link which somebody must have made at boot.
  return (commands) => inside('nft', ['-f', '/proc/self/fd/0'], { input: commands, timeoutMs: NFT_MS });
}

/**
 * By its library (libnftables(3)), which is loaded with the first command: what the program does in a quarter of a second
 * on a slow machine is done in a fiftieth.
 */
export function nftLibrary(namespace: NetworkNamespace): Nft {
  let opened: ((commands: string) => string) | undefined;
  return async (commands) =>
    namespace.run(() => {
      opened ??= openLibrary();
      return opened(commands);
    });
}

const { functions: libc } = dlopen(null, {
  close_range: { arguments: ['u32', 'u32', 'i32'], return: 'i32' },
});

/** A library opens descriptors without close-on-exec; Node.js has none that a child should have beyond the three. */
function keepFromChildren(): void {
  if (libc.close_range(3, 0xffff_ffff, CLOSE_RANGE_CLOEXEC) !== 0)
    throw new PlumpError('PLUMP_SYSTEM', 'close_range failed: descriptors of the agent could be inherited');
}

function openLibrary(): (commands: string) => string {
  const { functions: nft } = dlopen('libnftables.so.1', {
    nft_ctx_new: { arguments: ['u32'], return: 'pointer' },
    nft_ctx_buffer_output: { arguments: ['pointer'], return: 'i32' },
    nft_ctx_buffer_error: { arguments: ['pointer'], return: 'i32' },
    nft_ctx_get_output_buffer: { arguments: ['pointer'], return: 'pointer' },
    nft_ctx_get_error_buffer: { arguments: ['pointer'], return: 'pointer' },
    nft_run_cmd_from_buffer: { arguments: ['pointer', 'string'], return: 'i32' },
  });
  // Its socket to the kernel stays in the namespace it is opened in, and would be every child's, jobs' too.
  const context = nft.nft_ctx_new(0);
  keepFromChildren();
  nft.nft_ctx_buffer_output(context);
  nft.nft_ctx_buffer_error(context);
  return (commands) => {
    const failed = nft.nft_run_cmd_from_buffer(context, commands) !== 0;
    keepFromChildren();
    const printed = toString(nft.nft_ctx_get_output_buffer(context)) ?? '';
    const words = toString(nft.nft_ctx_get_error_buffer(context)) ?? '';
    if (failed) throw new PlumpError('PLUMP_TOOL', `nft: ${words.trim() || 'failed'}`);
    return printed;
  };
}
