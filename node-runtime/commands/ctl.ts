import { EXIT, PlumpError } from '../base/errors.ts';
import { defineVerb } from '../base/verb.ts';
import { agentClient } from '../client/agent-client.ts';
import type { SweepReport } from '../model/job.ts';
import { ctlSpeed } from './ctl-speed.ts';
import { FIGURES, tellFigure } from './member-figures.ts';

/** What a word changes. */
const CHANGES: Readonly<Record<string, Readonly<Record<string, boolean>>>> = {
  block: { block: true },
  noblock: { block: false },
  stay: { stay: true },
  nostay: { stay: false },
  lstay: { lstay: true },
  nolstay: { lstay: false, brought: false },
};

/** Numbers that can be set, by the name people use. */
const NUMBERS: Readonly<Record<string, string>> = {
  'lost-ttl': 'lostTtlSeconds',
  'orphan-ttl': 'orphanTtlSeconds',
  jobs: 'jobs',
  queue: 'queue',
  moves: 'moves',
};

/** `plumpos ctl WORD`, and openMosix' mosctl. */
export const ctlVerb = defineVerb({
  name: 'ctl',
  aliases: ['mosctl'],
  group: 'Jobs',
  summary: 'what this member does for others, and with its own jobs',
  words:
    '[block|noblock|stay|nostay|lstay|nolstay|expel|bring | set NAME VALUE | setspeed N | getload|getspeed|getmem|getfree|getutil [NODE]]',
  maxWords: 3,
  details: `block, noblock      take no guests, take guests (a head takes none until noblock)
stay, nostay        no automatic moves, automatic moves
lstay, nolstay      my own jobs stay at home, may leave
expel               send all guests away now; for a minute none comes by itself
bring               bring my own jobs home now; they stay until nolstay
getspeed [NODE]     speed of one CPU of this member, or of another; 10000 = the reference CPU
setspeed N          take it for that (of one CPU) until plumpos tune measures it again
set NAME VALUE      lost-ttl, orphan-ttl (seconds), jobs, queue, moves
getload [NODE]      100 = one program that computes for each CPU of standard speed
getmem, getfree     memory, and what a new job could have of it (MB)
getutil [NODE]      percent of its CPUs that are wanted
Without a word: how it is set.`,
  examples: ['sudo plumpos ctl noblock', 'sudo plumpos ctl expel', 'sudo plumpos ctl set lost-ttl 600'],
  options: { json: { type: 'flag', help: 'the answer as one JSON object' } },
  run: async ({ values, positionals: [word, name, value], io }) => {
    const client = agentClient();
    const { jobs } = client;
    const show = (answer: unknown, text: string) => io.out(values.json ? `${JSON.stringify(answer)}\n` : text);
    if (word === undefined) {
      const settings = await jobs.settings();
      show(settings, settingsText(settings));
      return EXIT.done;
    }
    if (word === 'getspeed' || word === 'setspeed') {
      await ctlSpeed(word, [name, value], show);
      return EXIT.done;
    }
    if (Object.hasOwn(FIGURES, word) && value === undefined)
      return tellFigure(client, word, name, { json: values.json, io });
    if (word === 'expel' || word === 'bring') {
      const report = await jobs[word]();
      show(report, sweepText(report));
      return report.stayed.length === 0 ? EXIT.done : EXIT.partly;
    }
    const patch = word === 'set' ? numberPatch(name, value) : CHANGES[word];
    if (patch === undefined || (word !== 'set' && name !== undefined))
      throw new PlumpError('PLUMP_USAGE', `plumpos ctl: '${word}' is not known`, { hint: 'plumpos ctl --help' });
    await jobs.change(patch);
    return EXIT.done;
  },
});

function numberPatch(name: string | undefined, value: string | undefined): Readonly<Record<string, number>> {
  const key = name === undefined ? undefined : NUMBERS[name];
  if (key === undefined || value === undefined || !/^\d{1,9}$/.test(value))
    throw new PlumpError(
      'PLUMP_USAGE',
      `plumpos ctl set: NAME is one of ${Object.keys(NUMBERS).join(', ')}; VALUE a number`,
    );
  return { [key]: Number(value) };
}

function settingsText(settings: Readonly<Record<string, unknown>>): string {
  const on = (key: string) => settings[key] === true;
  const lines = [
    on('block') ? 'block: takes no guests' : 'noblock: takes guests',
    on('stay') ? 'stay: no automatic moves' : 'nostay: automatic moves',
    on('lstay') ? 'lstay: own jobs stay at home' : 'nolstay: own jobs may leave',
    ...(on('brought') ? ['brought home: own jobs stay until nolstay'] : []),
    ...(settings['speed'] === undefined ? [] : [`speed ${settings['speed']}, set by hand`]),
    ...Object.entries(NUMBERS).flatMap(([name, key]) =>
      settings[key] === undefined ? [] : [`${name} ${settings[key]}`],
    ),
  ];
  return `${lines.join('\n')}\n`;
}

function sweepText({ moved, stayed }: SweepReport): string {
  const lines = stayed.map(({ pid, command, reason }) => `stays: ${pid ?? ''} ${command.slice(0, 60)}: ${reason}`);
  return `${[`${moved} moved`, ...lines].join('\n')}\n`;
}
