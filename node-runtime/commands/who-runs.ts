import type { SpawnOptions } from 'node:child_process';
import { PlumpError } from '../base/errors.ts';
import type { NodeView } from '../model/member.ts';

/** Who a command is run as: the caller, a user of this PC, or a node's only one, for whom it has no runuser. */
export type RunAs = 'caller' | 'plump' | { readonly user: string };

/** What is to be spawned. */
export interface Spawned {
  readonly file: string;
  readonly args: readonly string[];
  readonly options: Pick<SpawnOptions, 'uid' | 'gid' | 'cwd' | 'env'>;
}

/** As the image has it (rootfs/root/etc/passwd). */
const PLUMP = { uid: 1000, gid: 1000, cwd: '/', env: { HOME: '/home/plump', USER: 'plump', LOGNAME: 'plump' } };

/**
 * @param hint the command root of a head should give
 * @throws PlumpError PLUMP_DENIED for root of a head, who has to say as whom
 */
export function whoRuns(user: string | undefined, uid: number, kind: NodeView['kind'], hint: string): RunAs {
  if (uid !== 0) return user === undefined ? 'caller' : { user };
  if (kind === 'node' && (user ?? 'plump') === 'plump') return 'plump';
  if (user !== undefined) return { user };
  throw new PlumpError('PLUMP_DENIED', "root's programs stay at home", { hint });
}

/** A command as that user. */
export function asUser(as: RunAs, words: readonly string[]): Spawned {
  const [file = '', ...args] = typeof as === 'object' ? ['runuser', '-u', as.user, '--', ...words] : words;
  const options = as === 'plump' ? { ...PLUMP, env: { ...process.env, ...PLUMP.env } } : {};
  return { file, args, options };
}
