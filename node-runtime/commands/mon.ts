import { EXIT, PlumpError } from '../base/errors.ts';
import { defineVerb, type Io } from '../base/verb.ts';
import { type AgentClient, agentClient } from '../client/agent-client.ts';
import { BAR_KINDS, type BarKind } from '../model/load-bars.ts';
import { isMove, moveLines, pause } from './mon-moves.ts';
import { type MonView, monPicture } from './mon-picture.ts';

/** What mosmon's options said of how nodes are numbered: names stand here. */
const OLD_LAYOUT = /^(-[wvVa]|\+\d+)$/;

/** `plumpos mon`, openMosix' mosmon: the load of every member as a picture that lives. */
export const monVerb = defineVerb({
  name: 'mon',
  aliases: ['mosmon'],
  group: 'Cluster',
  summary: 'load, speed, memory of every member, and moves, as a picture that lives',
  details: `Once where there is no terminal. Keys: l load, s speed, m memory, u utilisation, d dead members shown or
not, t totals, arrows where not all members fit, q or Ctrl-C ends. Moves are those of this member's own jobs. docs/seeing.md says what the bars are.`,
  rewrite: (words) => words.filter((word) => !OLD_LAYOUT.test(word)),
  examples: ['plumpos mon', 'plumpos mon -m', 'plumpos mon --json'],
  options: {
    load: { type: 'flag', short: 'l', help: 'begin with load (so it does unless told otherwise)' },
    speed: { type: 'flag', short: 's', help: 'begin with the speed of a CPU' },
    memory: { type: 'flag', short: 'm', help: 'begin with memory' },
    utilisation: { type: 'flag', short: 'u', help: 'begin with utilisation' },
    totals: { type: 'flag', short: 't', help: 'with a line about all members together' },
    dead: { type: 'flag', short: 'd', help: "as mosmon's: dead members are shown anyway, until the key d hides them" },
    every: { type: 'number', min: 0.5, default: 1, value: 'SECONDS', help: 'how often' },
    json: { type: 'flag', help: 'one JSON object a line: time, nodes, and the moves since the one before' },
  },
  run: async ({ values, io }) => {
    const view: MonView = { kind: kindOf(values), dead: true, totals: values.totals, from: 0 };
    const agent = agentClient();
    const everyMs = (values.every ?? 1) * 1000;
    if (values.json) await stream(agent, io, everyMs);
    else if (io.terminal) {
      const { watchMembers } = await import('./mon-screen.ts');
      await watchMembers({ agent, view, everyMs, signal: io.signal, terminal: process });
    } else io.out(await onePicture(agent, view, Number(io.env['COLUMNS']) || 80));
    return EXIT.done;
  },
});

function kindOf(values: Readonly<Record<BarKind, boolean>>): BarKind {
  const [kind = 'load', more] = BAR_KINDS.filter((one) => values[one]);
  if (more !== undefined) throw new PlumpError('PLUMP_USAGE', `--${kind} and --${more} are not shown at once`);
  return kind;
}

async function onePicture(agent: AgentClient, view: MonView, columns: number): Promise<string> {
  const [nodes, events] = await Promise.all([agent.nodes('missing'), agent.events()]);
  const lines = monPicture({ nodes, moves: moveLines(events) }, view, { columns, rows: Number.POSITIVE_INFINITY });
  return lines.map((line) => `${line}\n`).join('');
}

/** Until the signal aborts. */
async function stream(agent: AgentClient, io: Io, everyMs: number): Promise<void> {
  const before = await agent.events();
  let last = before.at(-1)?.seq ?? 0;
  while (!io.signal.aborted) {
    const [nodes, events] = await Promise.all([agent.nodes('missing'), agent.events(last)]);
    last = events.at(-1)?.seq ?? last;
    io.out(`${JSON.stringify({ time: new Date().toISOString(), nodes, moves: events.filter(isMove) })}\n`);
    await pause(everyMs, io.signal);
  }
}
