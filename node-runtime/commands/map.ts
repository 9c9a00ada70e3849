import { lookup } from 'node:dns/promises';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { EXIT, messageOf, PlumpError } from '../base/errors.ts';
import { defineVerb, type Io } from '../base/verb.ts';
import { agentClient } from '../client/agent-client.ts';
import { type MapLine, mapNumbers, mapOf, mapText, parseMap } from '../model/cluster-map.ts';
import { isHostAddress } from '../model/ipv4.ts';

const OPTIONS = {
  write: { type: 'flag', short: 'w', help: 'put the map in FILE in force on this member' },
  read: { type: 'flag', short: 'r', help: 'write the members there are as a map, to FILE or standard output' },
  // In the old `-off` the parser sees -o and `-f f`.
  off: { type: 'flag', short: 'o', help: 'undo --write (as -off too): numbers come from addresses again' },
  file: { type: 'string', short: 'f', value: 'FILE', help: 'the map file' },
  json: { type: 'flag', help: 'the map read or put in force, as one JSON array' },
} as const;

/** `plumpos map`, once `setpe`: numbers and peers fixed by hand. */
export const mapVerb = defineVerb({
  name: 'map',
  aliases: ['setpe'],
  group: 'Cluster',
  summary: 'fix numbers and peers by a map file, as openMosix did',
  words: '[FILE]',
  maxWords: 1,
  details: [
    'A line is NUMBER ADDRESS COUNT (COUNT members with numbers and addresses counting up), or NUMBER ADDRESS ALIAS for a',
    'further address of a member; ADDRESS may be a host name where COUNT is 1. Each member is told its own map, which should be',
    'the same. Members listed are sought at their addresses, beyond routers too. Without options: what --read writes.',
  ].join('\n'),
  examples: [
    'plumpos map',
    'sudo plumpos map --write cluster.map',
    'sudo setpe -w -f /etc/openmosix.map',
    'sudo setpe -off',
  ],
  options: OPTIONS,
  run: async ({ values, positionals, io }) => {
    const file = positionals[0] ?? values.file;
    if ([values.write, values.read, values.off].filter(Boolean).length > 1)
      throw new PlumpError('PLUMP_USAGE', 'one of --write, --read and --off at a time');
    const lines = values.write ? await write(file, io) : values.off ? await off() : await read(file, io);
    if (values.json) io.out(`${JSON.stringify(lines)}\n`);
    else if (!values.write && !values.off && file === undefined) io.out(mapText(lines));
    return EXIT.done;
  },
});

async function write(file: string | undefined, io: Io): Promise<MapLine[]> {
  if (file === undefined)
    throw new PlumpError('PLUMP_USAGE', 'a map file is needed', { hint: 'plumpos map --write FILE' });
  const lines = await resolvedMap(readMap(path.resolve(io.cwd, file)));
  await agentClient().setMap(mapText(lines));
  return lines;
}

async function off(): Promise<MapLine[]> {
  await agentClient().setMap(undefined);
  return [];
}

function readMap(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new PlumpError('PLUMP_INPUT', `the map cannot be read: ${messageOf(cause)}`, { cause });
  }
}

/** The map with addresses in the place of names, which are looked up here: the agent asks nobody. */
async function resolvedMap(text: string): Promise<MapLine[]> {
  const lines = await Promise.all(
    parseMap(text).map(async (line) => ({
      ...line,
      host: isHostAddress(line.host) ? line.host : await addressOf(line.host),
    })),
  );
  mapNumbers(lines);
  return lines;
}

async function addressOf(name: string): Promise<string> {
  try {
    return (await lookup(name, { family: 4 })).address;
  } catch (cause) {
    throw new PlumpError('PLUMP_INPUT', `the map names '${name}', which has no address`, { cause });
  }
}

async function read(file: string | undefined, io: Io): Promise<MapLine[]> {
  const lines = mapOf(await agentClient().nodes());
  if (file !== undefined) writeFileSync(path.resolve(io.cwd, file), mapText(lines));
  return lines;
}
