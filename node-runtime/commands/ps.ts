import { EXIT, messageOf } from '../base/errors.ts';
import { defineVerb } from '../base/verb.ts';
import { agentClient } from '../client/agent-client.ts';
import type { HostedView, JobView, WhyView } from '../model/job.ts';
import { bytesText } from '../terminal/bytes.ts';
import { tableText } from '../terminal/table.ts';

/** `plumpos ps`: my jobs, or what this member hosts. */
export const psVerb = defineVerb({
  name: 'ps',
  aliases: ['mps'],
  group: 'Jobs',
  summary: 'my jobs and where they are (root: everybody\u2019s)',
  details:
    'PID is the one at home, which the program sees as its own, too. NMIGS counts moves. --why looks at each job now; docs/migration.md explains the reasons.',
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
    const rows = await Promise.all(
      all.map(async (job) => {
        const silent = (error: unknown): WhyView => ({ reasons: [messageOf(error)], members: [] });
        const { reasons, members } = await jobs.why(job.pid).catch(silent);
        return { ...job, why: reasons, members };
      }),
    );
    io.out(values.json ? `${JSON.stringify(rows)}\n` : whyText(rows));
    return EXIT.done;
  },
});

/** The table of jobs. */
export function jobsText(jobs: readonly JobView[]): string {
  const rows = jobs.map((job) => [
    String(job.pid),
    job.host || '-',
    job.state,
    cpuText(job.cpuMs),
    bytesText(job.memoryBytes),
    startText(job.started),
    String(job.moves),
    commandText(job.argv.join(' ')),
  ]);
  return tableText([['PID', 'HOST', 'STATE', 'CPU', 'MEMORY', 'STARTED', 'NMIGS', 'COMMAND'], ...rows]);
}

/** A job with the reasons it stays for, its own (`why`) and those of the other members. */
type ExplainedJob = Pick<JobView, 'pid' | 'host' | 'argv'> & {
  readonly why: readonly string[];
  readonly members: WhyView['members'];
};

/** The table of `ps --why`: a line for each reason. */
export function whyText(jobs: readonly ExplainedJob[]): string {
  const rows = jobs.flatMap(({ pid, host, argv, why, members }) =>
    linesOf({ reasons: why, members }).map((reason) => [
      String(pid),
      host,
      withoutControls(reason),
      commandText(argv.join(' ')),
    ]),
  );
  return tableText([['PID', 'HOST', 'WHY', 'COMMAND'], ...rows]);
}

function linesOf({ reasons, members }: WhyView): readonly string[] {
  if (reasons.length > 0) return reasons;
  const free = members.filter((member) => member.reasons.length === 0).map(({ name }) => name);
  const first = free.length > 0 ? `can move to ${free.join(', ')}` : 'cantmove: no other member can take it';
  return [first, ...members.flatMap((member) => member.reasons)];
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
  const readable = withoutControls(Buffer.from(bytes, 'latin1').toString('utf8'));
  return readable.length > MOST_COMMAND ? `${readable.slice(0, MOST_COMMAND - 1)}\u2026` : readable;
}

function withoutControls(text: string): string {
  return text.replace(/\p{Cc}/gu, ' ');
}
