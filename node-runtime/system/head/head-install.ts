import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { messageOf, PlumpError } from '../../base/errors.ts';
import type { NodeConfig } from '../../model/node-config.ts';
import { PATHS } from '../../model/paths.ts';
import { writeKeyFile } from '../key-file.ts';
import { closeHpcMount } from '../hpc-mount.ts';
import { removeNamespace } from '../netns.ts';
import { headLinks, makeLinks, missingFolders, removeEmptyFolders, removeLinks } from './head-links.ts';
import { headService } from './head-service.ts';
import { HEAD_TREE, type HeadTreeSource, installHeadTree } from './head-tree.ts';
import { removeFolder } from './remove-folder.ts';

const LINKED = {
  program: path.join(HEAD_TREE, 'bin/plumpos'),
  completion: path.join(HEAD_TREE, 'share/completion.bash'),
  manPage: path.join(HEAD_TREE, 'share/plumpos.1'),
};
const RECORD = path.join(PATHS.headState, 'installed.json');
const NAMESPACE = '/run/netns/plumpos';
const AGAIN = "'sudo plumpos leave' again, when that is mended";

/** What a join is to put in place. */
export interface HeadPlan {
  readonly source: HeadTreeSource;
  readonly secret: Uint8Array;
  readonly version: string;
  /** Name in the cluster; the machine's own without one. */
  readonly name: string | undefined;
  /** Names to link the program by: `plumpos` and the old ones. */
  readonly names: readonly string[];
  /** What bash completes them by, and plumpos(1). */
  readonly completion: string;
  readonly manPage: string;
}

/** What was made on this machine, so that leaving undoes just that. */
interface Installed {
  readonly links: readonly string[];
  readonly folders: readonly string[];
}

/** Is this machine a head already (running or not)? */
export function isHead(): boolean {
  return existsSync(RECORD);
}

/** Puts a head's files in place and starts its agent. Whatever fails, nothing is left behind. */
export async function installHead(plan: HeadPlan, say: (line: string) => void): Promise<void> {
  // What is for every user of this machine must not depend on the umask of the one who joins; the secret's modes are given each.
  const before = process.umask(0o022);
  try {
    await install(plan, say);
  } finally {
    process.umask(before);
  }
}

async function install(plan: HeadPlan, say: (line: string) => void): Promise<void> {
  mkdirSync(PATHS.headState, { recursive: true, mode: 0o700 });
  mkdirSync(PATHS.run, { recursive: true, mode: 0o755 });
  record({ links: [], folders: [] });
  try {
    say(`putting the programs into ${HEAD_TREE}`);
    await installHeadTree(plan.source);
    writeKeyFile(path.join(PATHS.headState, 'secret'), plan.secret);
    writeFileSync(path.join(PATHS.headState, 'config.json'), `${JSON.stringify(headConfig(plan))}\n`, { mode: 0o600 });
    const made = addLinks(plan);
    const service = headService();
    say(service.kind === 'systemd' ? 'starting plumpos.service' : 'starting the agent');
    record({ ...made, folders: [...made.folders, ...(await service.start())] });
  } catch (error) {
    await removeHead().catch((undoing: unknown) => {
      throw new PlumpError('PLUMP_SYSTEM', `${messageOf(error)}; and ${messageOf(undoing)}`, {
        cause: error,
        hint: AGAIN,
      });
    });
    throw error;
  }
}

/** Recorded before they are made: what was not made then is no trace. */
function addLinks({ names, completion, manPage }: HeadPlan): Installed {
  mkdirSync(path.dirname(LINKED.completion), { recursive: true });
  writeFileSync(LINKED.completion, completion);
  writeFileSync(LINKED.manPage, manPage);
  const links = headLinks(names, LINKED);
  const files = links.map(({ at }) => at);
  const made = { links: files, folders: missingFolders(files) };
  record(made);
  makeLinks(links);
  return made;
}

/**
 * Stops the agent and takes away everything {@link installHead} made. As long as anything is left, so is the record of it.
 * @throws PlumpError PLUMP_SYSTEM when not all could be undone: it can be called again.
 */
export async function removeHead(): Promise<void> {
  const { links, folders } = installed();
  const problems: string[] = [];
  const step = async (action: () => Promise<void> | void) => {
    try {
      await action();
    } catch (error) {
      problems.push(messageOf(error));
    }
  };
  await step(() => headService().remove());
  // Whatever starts the agent again and again needs its files, and this can be tried again.
  if (problems.length > 0) throw notUndone(`the agent could not be stopped: ${problems.join('; ')}`);
  // An agent that was killed could not tidy up.
  await step(() => removeNamespace(NAMESPACE));
  await step(() => removeLinks(links, HEAD_TREE));
  removeEmptyFolders(folders);
  await step(() => closeHpcMount(PATHS.hpc));
  for (const folder of [HEAD_TREE, PATHS.run]) await step(() => removeFolder(folder));
  if (problems.length === 0) await step(() => removeFolder(PATHS.headState));
  if (problems.length > 0) throw notUndone(`not everything could be undone: ${problems.join('; ')}`);
}

function notUndone(text: string): PlumpError {
  return new PlumpError('PLUMP_SYSTEM', text, { hint: AGAIN });
}

function headConfig({ version, name }: HeadPlan): NodeConfig {
  const hostname = name === undefined ? {} : { hostname: name };
  return { format: 1, image: 'head', version, addresses: [], noDhcp: true, role: 'single', debug: false, ...hostname };
}

function record(installed: Installed): void {
  writeFileSync(RECORD, `${JSON.stringify(installed)}\n`, { mode: 0o600 });
}

function installed(): Installed {
  const texts = (value: unknown) =>
    Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
  try {
    const all = JSON.parse(readFileSync(RECORD, 'utf8')) as Record<string, unknown>;
    return { links: texts(all['links']), folders: texts(all['folders']) };
  } catch {
    return { links: [], folders: [] };
  }
}
