import { existsSync } from 'node:fs';
import path from 'node:path';
import { completionScript } from '../base/completion.ts';
import { EXIT, PlumpError } from '../base/errors.ts';
import { manPage } from '../base/man-page.ts';
import { defineVerb, type Io, type Program } from '../base/verb.ts';
import { agentAnswers, agentClient } from '../client/agent-client.ts';
import { decodeJoinCode, encodeJoinCode } from '../model/join-code.ts';
import { lanPorts } from '../model/ports.ts';
import { PATHS } from '../model/paths.ts';
import { readKeyFile } from '../system/key-file.ts';
import { waitJoined } from './wait-joined.ts';

const OPTIONS = {
  key: { type: 'string', value: 'FILE', help: 'key file (default: ./cluster.key)' },
  code: { type: 'string', value: 'CODE', help: "join code, as 'plumpos key show' prints it" },
  name: { type: 'string', value: 'NAME', help: 'name in the cluster (default: the host name)' },
  json: { type: 'flag', help: "how this member stands then, as 'plumpos status --json' has it" },
  wait: { type: 'integer', value: 'SECONDS', min: 1, default: 60, help: 'give up waiting after so long' },
} as const;

/** `plumpos join`: this PC becomes a member. */
export const joinVerb = defineVerb({
  name: 'join',
  group: 'Cluster',
  summary: 'make this PC a member, or bring a node that left back',
  details:
    'On an ordinary Debian PC: makes it a head, the home of its users’ jobs; it runs nobody else’s. Nothing but files in\n/usr/lib/plumpos, /var/lib/plumpos, links in /usr/local (bin, completion, man) and a systemd unit is added; plumpos leave undoes it.',
  examples: ['sudo plumpos join', 'sudo plumpos join --code 0440-Y5GX-…'],
  options: OPTIONS,
  run: async ({ values, io, program }) => {
    if (process.getuid?.() !== 0)
      throw new PlumpError('PLUMP_DENIED', 'only root can join a cluster', { hint: 'sudo plumpos join' });
    if (values.name !== undefined && !/^[A-Za-z0-9][A-Za-z0-9-]{0,62}$/.test(values.name))
      throw new PlumpError('PLUMP_USAGE', `'${values.name}' is no host name`);
    const secret = findSecret(values.key, values.code, io);
    if (await agentAnswers()) await joinAgain(secret, io);
    else await becomeHead(secret, values.name, { program, io });
    return await reportJoined(values.wait, values.json, io);
  },
});

/** Undefined: none was given, and there is no ./cluster.key. */
function findSecret(key: string | undefined, code: string | undefined, io: Io): Uint8Array | undefined {
  if (key !== undefined && code !== undefined)
    throw new PlumpError('PLUMP_USAGE', '--key and --code say the same thing: give one');
  if (code !== undefined) return decodeJoinCode(code);
  if (key !== undefined) return readKeyFile(path.resolve(io.cwd, key));
  const here = path.join(io.cwd, 'cluster.key');
  return existsSync(here) ? readKeyFile(here) : undefined;
}

/** An agent runs: a node, or a head that is a member already. */
async function joinAgain(secret: Uint8Array | undefined, io: Io): Promise<void> {
  const agent = agentClient();
  const { kind, name, phase } = await agent.status();
  if (kind === 'head')
    throw new PlumpError('PLUMP_BUSY', `this machine is a member already, as ${name} (${phase})`, {
      hint: "'sudo plumpos leave' first, to join another cluster",
    });
  io.err(`${name} joins`);
  await agent.join(secret && encodeJoinCode(secret));
}

async function becomeHead(
  secret: Uint8Array | undefined,
  name: string | undefined,
  { program, io }: { program: Program; io: Io },
): Promise<void> {
  if (existsSync(PATHS.nodeConfig))
    throw new PlumpError('PLUMP_NO_AGENT', 'the agent of this node does not answer', {
      hint: 'it is started again by itself',
    });
  const { installHead, isHead } = await import('../system/head/head-install.ts');
  if (isHead())
    throw new PlumpError('PLUMP_BUSY', 'this machine is a member already, but its agent does not answer', {
      hint: "'systemctl status plumpos' tells more; 'sudo plumpos leave' undoes the join",
    });
  if (secret === undefined)
    throw new PlumpError('PLUMP_KEY', `there is no key: no ${path.join(io.cwd, 'cluster.key')}`, {
      hint: "give --key FILE or --code CODE ('plumpos key show' prints it where the image was built)",
    });
  const file = process.argv[1] ?? '';
  const checkout = path.dirname(path.dirname(file));
  const { findHeadTree } = await import('../system/head/head-tree.ts');
  const source = findHeadTree(file, [...new Set([io.cwd, checkout])]);
  const { version, commands: names = [] } = program;
  const help = { completion: completionScript(program), manPage: manPage(program) };
  await installHead({ source, secret, version, name, names, ...help }, io.err);
}

/** The agent may have found WireGuard's port taken, and taken another. */
async function adviseFirewall(io: Io): Promise<void> {
  const self = (await agentClient().nodes()).find((node) => node.self);
  const { blockingFirewall } = await import('../system/firewall.ts');
  const blocking = await blockingFirewall(lanPorts(self?.endpoints[0]?.port));
  if (blocking === undefined) return;
  io.err(`${blocking.text}: other members cannot reach it. To let them in:`);
  io.err(`  ${blocking.command}`);
}

async function reportJoined(seconds: number, json: boolean, io: Io): Promise<number> {
  const status = await waitJoined(seconds, io.signal);
  if (status.kind === 'head') await adviseFirewall(io);
  const others = status.members - 1;
  io.out(
    json
      ? `${JSON.stringify(status)}\n`
      : `joined as ${status.name}: ${others === 0 ? 'no other member yet' : `${others} other member${others > 1 ? 's' : ''}`}\n`,
  );
  if (!json) io.err('next: plumpos nodes');
  return EXIT.done;
}
