import { readFileSync } from 'node:fs';
import path from 'node:path';
import { messageOf, PlumpError } from './errors.ts';
import { nearest } from './nearest.ts';
import type { OptionTable } from './options.ts';

const NAME = 'plumpos.config.json';

/**
 * `plumpos.config.json` in the working directory: an object of verbs, each an object of option values.
 * @param verb whose values are wanted, and its options.
 * @param verbs names of all verbs there are, those of other programs too.
 * @throws PlumpError PLUMP_CONFIG for a file that cannot be read, is none, or names what there is not
 */
export function readConfigFile(
  cwd: string,
  verb: { readonly name: string; readonly options: OptionTable },
  verbs: readonly string[],
): Readonly<Record<string, unknown>> {
  const file = path.join(cwd, NAME);
  const text = textOf(file);
  if (text === undefined) return {};
  const all = asObject(parse(text, file), `${file} must be an object of verbs`);
  refuseUnknown(Object.keys(all), verbs, (name) => `${file}: there is no verb '${name}'`);
  const own = asObject(all[verb.name] ?? {}, `${file}: '${verb.name}' must be an object of option values`);
  const options = Object.keys(verb.options);
  refuseUnknown(Object.keys(own), options, (name) => `${file}: '${verb.name}' has no option '${name}'`);
  for (const [name, value] of Object.entries(own)) checkValue(value, verb.options[name]?.type, `${file}: '${name}'`);
  return own;
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    if (['ENOENT', 'ENOTDIR'].includes((cause as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw wrong(`${file} cannot be read: ${messageOf(cause)}`, undefined, cause);
  }
}

function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw wrong(`${file} is not valid JSON`, undefined, cause);
  }
}

function asObject(value: unknown, otherwise: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw wrong(otherwise);
}

function refuseUnknown(given: readonly string[], known: readonly string[], say: (name: string) => string): void {
  const unknown = given.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const like = nearest(unknown, known);
  throw wrong(say(unknown), like === undefined ? `there are: ${known.join(', ')}` : `is '${like}' meant?`);
}

function checkValue(value: unknown, type: OptionTable[string]['type'] | undefined, where: string): void {
  const one = (word: unknown) => typeof word === 'string' || typeof word === 'number';
  if (type === 'flag' && typeof value !== 'boolean') throw wrong(`${where} must be true or false`);
  if (type === 'list' ? ![value].flat().every(one) : type !== 'flag' && !one(value))
    throw wrong(`${where} must be a text or a number${type === 'list' ? ', or a list of them' : ''}`);
}

function wrong(message: string, hint?: string, cause?: unknown): PlumpError {
  return new PlumpError('PLUMP_CONFIG', message, { ...(hint === undefined ? {} : { hint }), cause });
}
