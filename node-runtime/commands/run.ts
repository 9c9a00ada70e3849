import { defineVerb } from '../base/verb.ts';
import { noAgent } from '../client/no-agent.ts';

/** `run` and `sh` start no Node.js: native/plumpos does them, and asks here for help only. A checkout on a machine that is no member gets here. */
const notAMember = () => Promise.reject(noAgent(undefined));

const OLD_FORMS = {
  mosrun: '[-h|NODE|LIST] PROGRAM',
  runon: 'NODE PROGRAM',
  runhome: 'PROGRAM',
  nomig: 'PROGRAM',
  cpujob: 'PROGRAM',
  iojob: 'PROGRAM',
  nodecay: 'PROGRAM',
  slowdecay: 'PROGRAM',
  fastdecay: 'PROGRAM',
} as const;

export const runVerb = defineVerb({
  name: 'run',
  aliases: Object.keys(OLD_FORMS),
  aliasWords: OLD_FORMS,
  group: 'Jobs',
  summary: 'run a program on another PC as if it ran here',
  words: '[--] PROGRAM [ARGUMENT…]',
  stopAtWord: true,
  details: `It has your files, user, environment, folder and terminal, and ends as the program ends: with its status, 128+n after
signal n, 126 when it may not be run, 127 when there is none, 125 when PlumpOS itself failed or the job was lost.
NODE is a name, a number as showmap prints it, or an address. SIZE is like 512M or 2G, TIME like 90s, 10m or 2h.
--cpujob, --iojob and --decay are hints for the balancer, as the old names from cpujob to fastdecay are.`,
  examples: [
    'plumpos run awk -f prime.awk numbers.txt',
    'plumpos run --on n1,n3 --mem 2G -- ./simulate --steps 1000',
    'pid=$(plumpos run --detach make -C /home/me/world); plumpos wait $pid',
  ],
  options: {
    on: { type: 'string', value: 'NODE,…', help: 'start it on one of these members, and leave it on these' },
    home: { type: 'flag', help: 'start it here; it may be moved later' },
    best: { type: 'flag', help: 'on the least busy member that has the memory (the default)' },
    only: { type: 'string', value: 'NODE,…', help: 'it may be on these members only, now and later' },
    not: { type: 'string', value: 'NODE,…', help: 'it may not be on these members, now or later' },
    mem: {
      type: 'string',
      value: 'SIZE',
      help: 'memory to set aside for it, and the most it gets: beyond that it is killed',
    },
    cpu: { type: 'integer', value: 'N', help: 'the most CPU time it gets, as so many CPUs; usually all there is' },
    nomig: { type: 'flag', help: 'never move it' },
    tty: { type: 'flag', help: 'give it a terminal although none of its descriptors is one' },
    'no-tty': { type: 'flag', help: 'give it pipes although it would have a terminal' },
    detach: { type: 'flag', help: "print its pid and leave it running; 'plumpos wait PID' tells how it ended" },
    net: { type: 'string', value: 'host', help: 'the network of this PC itself, where it then stays' },
    publish: { type: 'list', value: '[ADDR:]PORT', help: 'connections to this port here reach it wherever it is' },
    'lost-ttl': {
      type: 'string',
      value: 'TIME',
      help: 'how long to wait for a member that is silent before the job is given up',
    },
    cpujob: { type: 'flag', help: 'it computes: it counts as a whole CPU at least, whatever it does now' },
    iojob: {
      type: 'flag',
      help: 'it reads and writes: it counts as a quarter of what it uses, and does not move for load',
    },
    decay: {
      type: 'choice',
      value: 'no|slow|fast',
      choices: ['no', 'slow', 'fast'],
      help: 'how fast the CPU it used is forgotten; no: its busiest second counts',
    },
  },
  run: notAMember,
});

export const shVerb = defineVerb({
  name: 'sh',
  group: 'Jobs',
  summary: 'a shell that runs as a job: make and others place their commands with it',
  words: '[ARGUMENT…]',
  stopAtWord: true,
  details: "'plumpos sh ARGUMENT…' is 'plumpos run sh ARGUMENT…', and simply 'sh ARGUMENT…' on a PC without an agent.",
  examples: ["make -j8 SHELL='plumpos sh'", "plumpos sh -c 'hostname; sleep 10'"],
  options: {},
  run: notAMember,
});
