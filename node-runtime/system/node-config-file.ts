import { readFileSync } from 'node:fs';
import { messageOf, PlumpError } from '../base/errors.ts';
import { type NodeConfig, ROLES } from '../model/node-config.ts';

/**
 * Reads what the boot scripts (or `join`, on a head) wrote for the agent.
 * @throws PlumpError PLUMP_CONFIG naming the file and the field that is wrong.
 */
export function readNodeConfig(file: string): NodeConfig {
  try {
    return decodeNodeConfig(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new PlumpError('PLUMP_CONFIG', `${file}: ${messageOf(cause)}`, { cause });
  }
}

/** Decodes a {@link NodeConfig}; keys it does not know are left out. Throws an Error naming the field. */
function decodeNodeConfig(value: unknown): NodeConfig {
  if (typeof value !== 'object' || value === null) throw new Error('it is not an object');
  const all = value as Record<string, unknown>;
  if (all['format'] !== 1) throw new Error(`its format is ${JSON.stringify(all['format'])}, not 1`);
  const join = optional(all, 'join');
  const hostname = optional(all, 'hostname');
  const unknownRole = optional(all, 'unknownRole');
  const role = ROLES.find((one) => one === all['role']);
  if (role === undefined) throw new Error(`role is ${JSON.stringify(all['role'])}`);
  const addresses = all['addresses'];
  if (!Array.isArray(addresses) || !addresses.every((one) => typeof one === 'string'))
    throw new Error('addresses is not a list of texts');
  return {
    format: 1,
    image: text(all, 'image'),
    version: text(all, 'version'),
    addresses,
    noDhcp: flag(all, 'noDhcp'),
    role,
    debug: flag(all, 'debug'),
    ...(join === undefined ? {} : { join }),
    ...(hostname === undefined ? {} : { hostname }),
    ...(unknownRole === undefined ? {} : { unknownRole }),
  };
}

function text(all: Record<string, unknown>, key: string): string {
  const value = all[key];
  if (typeof value !== 'string') throw new Error(`${key} is not a text`);
  return value;
}

function optional(all: Record<string, unknown>, key: string): string | undefined {
  return all[key] === undefined ? undefined : text(all, key);
}

function flag(all: Record<string, unknown>, key: string): boolean {
  if (typeof all[key] !== 'boolean') throw new Error(`${key} is neither true nor false`);
  return all[key];
}
