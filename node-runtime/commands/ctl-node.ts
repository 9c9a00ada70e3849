import { durationText } from '../base/duration.ts';
import { EXIT, PlumpError } from '../base/errors.ts';
import { agentClient } from '../client/agent-client.ts';
import { findNode, numberText } from '../model/find-node.ts';
import { loadByYard } from '../model/load-figures.ts';
import { type NodeView, isLiving } from '../model/member.ts';
import { STANDARD_SPEED } from '../model/speed.ts';
import { checkEnd } from './ctl-knobs.ts';

/** What openMosix's mosctl told of any member, this one where none is named. */
export const NODE_WORDS = ['status', 'isup', 'whois', 'getload', 'getspeed', 'getmem', 'getfree', 'getutil'] as const;
type NodeWord = (typeof NODE_WORDS)[number];

/** The figures, each by the field it is. */
const FIGURES = {
  getload: 'load',
  getspeed: 'speed',
  getmem: 'freeMB',
  getfree: 'unusedMB',
  getutil: 'utilisation',
} as const satisfies Partial<Record<NodeWord, keyof NodeView>>;

/** What is printed, for people and as JSON, and the exit status. */
interface NodeAnswer {
  readonly json: Readonly<Record<string, unknown>>;
  readonly text: string;
  readonly exit: number;
}

export function isNodeWord(word: string | undefined): word is NodeWord {
  return NODE_WORDS.some((one) => one === word);
}

/** `plumpos ctl WORD [NODE]`. @throws PlumpError PLUMP_USAGE, PLUMP_REFUSED when the member does not tell */
export async function ctlNode(word: NodeWord, words: readonly (string | undefined)[]): Promise<NodeAnswer> {
  checkEnd(word, words, 1);
  const [given] = words;
  const agent = agentClient();
  const nodes = await agent.nodes();
  const node = given === undefined ? nodes.find(({ self }) => self) : findNode(nodes, given);
  if (node === undefined) throw new PlumpError('PLUMP_REFUSED', 'this member is in no list of members yet');
  const asked = word === 'isup' || word === 'whois' ? nodes : await agent.nodes(node.overlay);
  const { yard } = word === 'getload' ? await agent.jobs.settings() : {};
  return nodeAnswer(
    word,
    asked.find(({ id }) => id === node.id) ?? node,
    yard === undefined ? STANDARD_SPEED : Number(yard),
  );
}

/** @param yard speed by which load is told (setyard). @throws PlumpError PLUMP_REFUSED when that is not known of the member */
export function nodeAnswer(word: NodeWord, node: NodeView, yard = STANDARD_SPEED): NodeAnswer {
  const { name, number, addresses, state } = node;
  if (word === 'whois') {
    const text = [numberText(number), name, ...addresses].join(' ');
    return { json: { number, name, addresses }, text: `${text}\n`, exit: EXIT.done };
  }
  if (word === 'isup') {
    const up = isLiving(node);
    return { json: { up }, text: up ? 'yes\n' : 'no\n', exit: up ? EXIT.done : EXIT.failed };
  }
  if (word === 'status') {
    const { blocked, pressed } = node;
    return { json: { name, state, blocked, pressed }, text: `${name}: ${statusWords(node)}\n`, exit: EXIT.done };
  }
  const figure = FIGURES[word];
  const known = node[figure];
  if (known === undefined) throw unknownFigure(node);
  const value = figure === 'load' ? loadByYard(known, yard) : known;
  return { json: { [figure]: value }, text: `${value}\n`, exit: EXIT.done };
}

function statusWords(node: NodeView): string {
  const { state, silentMs, blocked, pressed } = node;
  if (!isLiving(node)) return state === 'incompatible' ? state : `${state}, silent ${durationText(silentMs / 1000)}`;
  return [
    state === 'suspect' ? 'up, but does not answer now' : 'up',
    ...(blocked === undefined ? [] : [blocked ? 'takes no guests' : 'takes guests']),
    ...(pressed === true ? ['short of memory'] : []),
  ].join(', ');
}

function unknownFigure(node: NodeView): PlumpError {
  const why = isLiving(node) ? 'does not tell (plumpos status there says why)' : `is ${node.state}`;
  return new PlumpError('PLUMP_REFUSED', `${node.name} ${why}`);
}
