import { EXIT, PlumpError } from '../base/errors.ts';
import { defineVerb } from '../base/verb.ts';
import { agentClient } from '../client/agent-client.ts';
import type { SweepReport } from '../model/job.ts';
import { CTL_KNOBS } from './ctl-knobs.ts';
import { ctlNode, isNodeWord, NODE_WORDS } from './ctl-node.ts';

/** What a word changes. */
const CHANGES: Readonly<Record<string, Readonly<Record<string, boolean>>>> = {
  block: { block: true },
  noblock: { block: false },
  stay: { stay: true },
  nostay: { stay: false },
  lstay: { lstay: true },
  nolstay: { lstay: false, brought: false },
  quiet: { quiet: true },
  noquiet: { quiet: false },
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
  words: `[block|noblock|stay|nostay|lstay|nolstay|quiet|noquiet|expel|bring | ${NODE_WORDS.join('|')} [NODE] | setspeed N | getyard | setyard NODE | getdecay | setdecay INTERVAL [SLOW FAST] | set NAME VALUE]`,
  maxWords: 4,
  details: `block, noblock      take no guests, take guests (a head takes none until noblock)
stay, nostay        no automatic moves, automatic moves
lstay, nolstay      my own jobs stay at home, may leave
quiet, noquiet      load is neither told nor heard here: nobody comes or goes for it; told and heard
expel               send all guests away now; for a minute none comes by itself
bring               bring my own jobs home now; they stay until nolstay
status [NODE]       how this member is, or another: up or dead, whether it takes guests
isup [NODE]         yes (exit status 0) or no (1)
whois [NODE]        number, name and addresses
getload [NODE]      its load; 100 = one CPU-bound process per CPU of standard speed
getspeed [NODE]     speed of one CPU; 10000 = the reference CPU
getmem [NODE]       memory a program could have there, MB; getfree: memory nothing uses, not even as a cache
getutil [NODE]      how much of its CPU time is wanted, percent
setspeed N          take it for that (of one CPU) until plumpos tune measures it again
setyard NODE        getload and /run/hpc tell loads by the speed of its CPUs (this: of mine;
                    standard: the reference CPU), getyard
setdecay INTERVAL [SLOW FAST]
                    what jobs with the hints slowdecay and fastdecay used is left by so many parts of 1000
                    after so many seconds; getdecay
set NAME VALUE      lost-ttl, orphan-ttl (seconds), jobs, queue, moves
Without a word: how it is set.`,
  examples: [
    'sudo plumpos ctl noblock',
    'sudo plumpos ctl expel',
    'plumpos ctl getload 0x0210',
    'sudo plumpos ctl set lost-ttl 600',
  ],
  options: { json: { type: 'flag', help: 'the answer as one JSON object' } },
  run: async ({ values, positionals: [word, name, value, more], io }) => {
    const { jobs } = agentClient();
    const show = (answer: unknown, text: string) => io.out(values.json ? `${JSON.stringify(answer)}\n` : text);
    if (word === undefined) {
      const settings = await jobs.settings();
      show(settings, settingsText(settings));
      return EXIT.done;
    }
    if (isNodeWord(word)) {
      const { json, text, exit } = await ctlNode(word, [name, value]);
      show(json, text);
      return exit;
    }
    const knob = Object.hasOwn(CTL_KNOBS, word) ? CTL_KNOBS[word] : undefined;
    if (knob !== undefined) {
      await knob([name, value, more], show);
      return EXIT.done;
    }
    if (word === 'expel' || word === 'bring') {
      const report = await jobs[word]();
      show(report, sweepText(report));
      return report.stayed.length === 0 ? EXIT.done : EXIT.partly;
    }
    const patch = word === 'set' ? numberPatch(name, value) : CHANGES[word];
    if (patch === undefined || more !== undefined || (word !== 'set' && name !== undefined))
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
    on('quiet') ? 'quiet: load is neither told nor heard' : 'noquiet: load is told and heard',
    ...(on('brought') ? ['brought home: own jobs stay until nolstay'] : []),
    ...(settings['speed'] === undefined ? [] : [`speed ${settings['speed']}, set by hand`]),
    `yard ${settings['yard']}`,
    `decay ${settings['decaySeconds']} s: ${settings['slowDecay']} slow, ${settings['fastDecay']} fast, of 1000`,
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
