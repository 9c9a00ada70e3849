import { durationText } from '../base/duration.ts';
import type { NodeView } from '../model/member.ts';
import type { Check } from '../model/status.ts';

const MOST_NAMED = 4;

/** The check `members` of `plumpos status`: do those that are to be there answer? Who left in order is not missed. */
export function membersCheck(views: readonly NodeView[]): Check {
  const check = (ok: boolean, text: string): Check => ({ name: 'members', ok, text });
  const others = views.filter(({ self, state }) => !self && state !== 'left');
  const answering = others.filter(({ state }) => state === 'alive');
  const foreign = others.filter(({ state }) => state === 'incompatible');
  const silent = others.filter(({ state }) => state === 'suspect' || state === 'dead');
  if (others.length === 0) return check(true, 'no other member is known');
  if (answering.length > 0)
    return check(
      true,
      `${answering.length} of ${others.length} others answer${silent.length > 0 ? `, not ${named(silent)}` : ''}`,
    );
  if (silent.length > 0)
    return check(
      false,
      `nobody answers any more, not ${named(silent)}: this member is cut off (cable, switch), or they went off`,
    );
  return check(false, `only members of another version are there, ${named(foreign)}: boot all from one medium`);
}

function named(members: readonly NodeView[]): string {
  const texts = members.map(
    ({ name, state, image, silentMs }) =>
      `${name || '?'} (${state === 'incompatible' ? `image ${image || 'unknown'}` : `silent ${durationText(silentMs / 1000)}`})`,
  );
  return texts.length > MOST_NAMED ? `${texts.slice(0, MOST_NAMED).join(', ')} …` : texts.join(', ');
}
