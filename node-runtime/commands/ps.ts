import { EXIT, messageOf } from '../base/errors.ts';
import { defineVerb } from '../base/verb.ts';
import { agentClient } from '../client/agent-client.ts';
import type { HostedView, JobView } from '../model/job.ts';
import { bytesText } from '../terminal/bytes.ts';
import { tableText } from '../terminal/table.ts';

/** `plumpos ps`: my jobs, or what this member hosts. */
export const psVerb = defineVerb({
  name: 'ps',
  aliases: ['mps'],
  group: 'Jobs',
  summary: 'my jobs and where they are (root: everybody\u2019s)',
  details: 'PID is the one at home, which the program sees as its own, too. NMIGS counts moves.',
  examples: ['plumpos ps', 'plumpos ps --why', 'plumpos ps --guests --json'],
  options: {
    guests: { type: 'flag', help: 'what this member hosts, and whose it is' },
    why: { type: 'flag', help: 'why jobs cannot move' },
    json: { type: 'flag', help: 'everything, as one JSON array' },
  },
  run: async ({ values, io }) => {
    const { jobs } = agentClient();
    if (values.guests) {
      const guests = await jobs.guests();
      io.out(values.json ? `${JSON.stringify(guests)}\n` : guestsText(guests));
      return EXIT.done;
    }
    const all = await jobs.list();
    if (!values.why) {
      io.out(values.json ? `${JSON.stringify(all)}\n` : jobsText(all));
      return EXIT.done;
    }
    const reasons = await Promise.all(
      all.map(({ pid }) => jobs.why(pid).catch((error: unknown) => [messageOf(error)])),
    );
    const rows = all.map((job, index) => ({ ...job, why: reasons[index] ?? [] }));
    io.out(values.json ? `${JSON.stringify(rows)}\n` : whyText(rows));
    return EXIT.done;
  },
});

/** The table of jobs. */
export function jobsText(jobs: readonly JobView[]): string {
  const rows = jobs.map((job) => [
    String(job.pid),
    job.host,
    job.state,
    cpuText(job.cpuMs),
    bytesText(job.memoryBytes),
    startText(job.started),
    String(job.moves),
    commandText(job.argv.join(' ')),
  ]);
  return tableText([['PID', 'HOST', 'STATE', 'CPU', 'MEMORY', 'STARTED', 'NMIGS', 'COMMAND'], ...rows]);
}

function whyText(jobs: readonly (JobView & { readonly why: readonly string[] })[]): string {
  const rows = jobs.flatMap(({ pid, host, argv, why }) =>
    (why.length === 0 ? ['can move'] : why).map((reason) => [String(pid), host, reason, commandText(argv.join(' '))]),
  );
  return tableText([['PID', 'HOST', 'WHY', 'COMMAND'], ...rows]);
}

function guestsText(guests: readonly HostedView[]): string {
  const rows = guests.map((guest) => [
    guest.home,
    String(guest.uid),
    guest.state,
    cpuText(guest.cpuMs),
    bytesText(guest.memoryBytes),
    commandText(guest.command),
  ]);
  return tableText([['HOME', 'USER', 'STATE', 'CPU', 'MEMORY', 'COMMAND'], ...rows]);
}

/** Minutes and seconds, as ps has them. */
function cpuText(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

function startText(started: string): string {
  const at = new Date(started);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

const MOST_COMMAND = 60;

/** Bytes of a command line as a person reads them, without anything that would move the cursor. */
function commandText(bytes: string): string {
  const readable = Buffer.from(bytes, 'latin1')
    .toString('utf8')
    .replace(/\p{Cc}/gu, ' ');
  return readable.length > MOST_COMMAND ? `${readable.slice(0, MOST_COMMAND - 1)}\u2026` : readable;
}
