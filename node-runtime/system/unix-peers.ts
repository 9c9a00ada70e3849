import { openNamespace } from './netns.ts';
import { runCommand } from './run-command.ts';

/** A unix socket as `ss` lists it. */
export interface UnixSocket {
  readonly inode: number;
  /** Path, `@name`, or empty. */
  readonly name: string;
  /** Inode of the one at the other end; 0: none, or not accepted yet. */
  readonly peer: number;
}

/** The lines of `ss -xnaH`. */
export function parseUnixSockets(text: string): UnixSocket[] {
  return text.split('\n').flatMap((line) => {
    const [, name = '', inode = '', peer = ''] = /^(?:\S+\s+){4}(\S.*?) (\d+)\s+\S.* (\d+)\s*$/.exec(line) ?? [];
    return inode === '' ? [] : [{ inode: Number(inode), name: name === '*' ? '' : name, peer: Number(peer) }];
  });
}

/**
 * Those of a job's unix sockets (inodes) that lead out of it, with the path of the other end where it has one. A socket that was
 * accepted belongs to the network namespace of whoever connected: one from outside is not in the job's.
 * @param namespaceFile of the job's network namespace
 * @param own all the job holds
 */
export async function outsidePeers(
  namespaceFile: string,
  asked: readonly number[],
  own: ReadonlySet<number>,
): Promise<ReadonlyMap<number, string>> {
  using namespace = openNamespace(namespaceFile);
  const inside = parseUnixSockets(await namespace.run(list));
  const known = new Map(inside.map((socket) => [socket.inode, socket]));
  const leading = [...new Set(asked)].flatMap((inode) => {
    const socket = known.get(inode);
    const leads = socket === undefined || (socket.peer !== 0 && !own.has(socket.peer));
    return leads ? [{ inode, peer: socket?.peer ?? 0 }] : [];
  });
  if (leading.length === 0) return new Map();
  const names = new Map([...inside, ...parseUnixSockets(await list())].map(({ inode, name }) => [inode, name]));
  return new Map(leading.map(({ inode, peer }) => [inode, names.get(peer) ?? names.get(inode) ?? '']));
}

function list(): Promise<string> {
  return runCommand('ss', ['-xnaH'], { timeoutMs: 5000 });
}
