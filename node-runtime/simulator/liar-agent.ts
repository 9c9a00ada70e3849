import { ENTRY_FIELDS, FIELD, type Handle } from '../model/load-message.ts';
import type { AgentDeps, MakeAgent, MemberAgent } from './member-agent.ts';
import type { Liar } from './scenario.ts';

/** A member that shows no load and all its memory for ever, and refuses what comes, or takes it (and gives it no CPU). */
export function liarAgent(how: Liar['how']): MakeAgent {
  return ({ self, host, firstVersion }: AgentDeps): MemberAgent => {
    let version = firstVersion;
    const entry = (): Int32Array => {
      const list = new Int32Array(ENTRY_FIELDS);
      list[FIELD.member] = self;
      list[FIELD.version] = version;
      list[FIELD.speed] = 60_000;
      list[FIELD.cpus] = host.cpus();
      list[FIELD.freeMB] = 1_000_000;
      return list;
    };
    return {
      tick() {
        version++;
        const to = host.randomMember();
        if (to !== undefined) host.send(to, { kind: 'push', entries: entry() });
      },
      receive(from: Handle, message) {
        if (message.kind === 'push') host.send(from, { kind: 'pull', entries: entry() });
        if (message.kind !== 'ask') return;
        const jobs = how === 'refuses' ? 0 : message.jobs;
        host.send(from, { kind: 'grant', seq: message.seq, jobs, promised: 0, entries: entry() });
      },
      place: (_job, done) => done({ member: self, seq: undefined }),
      arriving: () => (how === 'refuses' ? undefined : () => {}),
      emptier() {},
      moveEnded() {},
      starved() {},
      allows: () => true,
      gone() {},
      setLeaving() {},
      [Symbol.dispose]() {},
    };
  };
}
