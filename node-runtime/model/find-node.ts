import { PlumpError } from '../base/errors.ts';
import { type NodeView, isLiving } from './member.ts';

/**
 * The member a person means by NODE: a name, a number as showmap prints it (0x0adc, or decimal), a LAN or overlay
 * address, or the beginning of a key.
 * @throws PlumpError PLUMP_USAGE when nobody or more than one is meant.
 */
export function findNode(nodes: readonly NodeView[], word: string): NodeView {
  const number = /^(0x[0-9a-f]{1,4}|\d{1,5})$/i.test(word) ? Number(word) : undefined;
  const found = nodes.filter(
    (node) =>
      node.name === word ||
      node.number === number ||
      node.overlay === word ||
      node.addresses.includes(word) ||
      (word.length >= 6 && node.id.startsWith(word)),
  );
  // A machine that was started again may be listed twice: who lives is meant.
  const living = found.filter(isLiving);
  const meant = living.length > 0 ? living : found;
  const [only] = meant;
  if (only !== undefined && meant.length === 1) return only;
  if (only === undefined)
    throw new PlumpError('PLUMP_USAGE', `no member is called '${word}'`, { hint: "'plumpos nodes' lists the members" });
  const numbers = meant.map((node) => numberText(node.number)).join(', ');
  throw new PlumpError('PLUMP_USAGE', `${meant.length} members are called '${word}'`, {
    hint: `use a number: ${numbers}`,
  });
}

/** A member's number as openMosix printed it. */
export function numberText(number: number): string {
  return `0x${number.toString(16).padStart(4, '0')}`;
}
