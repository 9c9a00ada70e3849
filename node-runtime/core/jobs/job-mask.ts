import { PlumpError } from '../../base/errors.ts';
import { type JobMask, NO_MASK } from '../../model/job-mask.ts';
import { type NodeView, isLiving } from '../../model/member.ts';
import { findNode, numberText } from '../../model/find-node.ts';

/** A member as far as masks know it. */
type Numbered = Pick<NodeView, 'number' | 'name' | 'state'>;

/** May a job with this mask be on the member of that number? */
export function maskAllows(mask: JobMask | undefined, number: number | undefined): boolean {
  if (mask?.filter !== true) return true;
  return mask.allow === (number !== undefined && mask.nodes.includes(number));
}

/** `--only` and `--not` as one mask. With neither, none. */
export function maskOf(only: readonly number[] | undefined, not: readonly number[] | undefined): JobMask {
  if (only === undefined && not === undefined) return NO_MASK;
  const nodes = only?.filter((number) => not?.includes(number) !== true) ?? not ?? [];
  return { filter: true, allow: only !== undefined, nodes: [...new Set(nodes)] };
}

/** The same with members as people name them. @throws PlumpError for a name that is none, or of several */
export function maskOfNames(members: readonly NodeView[], { only, not }: Names): JobMask {
  const numbers = (words: Names['only']) => words?.map((word) => findNode(members, word).number);
  return maskOf(numbers(only), numbers(not));
}

/** Words of `--only` and `--not`. */
interface Names {
  readonly only?: readonly string[] | undefined;
  readonly not?: readonly string[] | undefined;
}

/**
 * Is there anybody that lives and is allowed?
 * @throws PlumpError PLUMP_USAGE when there is not
 */
export function checkMask(mask: JobMask, members: readonly Numbered[]): void {
  const living = members.filter(isLiving);
  if (!mask.filter || living.some(({ number }) => maskAllows(mask, number))) return;
  throw new PlumpError('PLUMP_USAGE', `${maskText(mask, members)} leaves no member that the job may be on`, {
    hint: "'plumpos nodes' lists the members",
  });
}

/** The mask as it is typed, by names; empty for none. */
export function maskText({ filter, allow, nodes }: JobMask, members: readonly Numbered[]): string {
  if (!filter) return '';
  const names = nodes.map((one) => members.find(({ number }) => number === one)?.name ?? numberText(one));
  return `--${allow ? 'only' : 'not'} ${names.length === 0 ? 'nobody' : names.join(',')}`;
}
