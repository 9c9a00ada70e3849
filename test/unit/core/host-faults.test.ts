import test from 'ava';
import { wrongWith } from '../../helpers/move-room/aftermath.ts';
import { JOURNEYS, type Journey, sceneOf } from '../../helpers/move-room/faults.ts';
import type { HostFault } from '../../helpers/move-room/memory-host.ts';
import type { MoveRoom } from '../../helpers/move-room/move-room.ts';

/**
 * What a member is asked for in a move does not work there: CRIU fails, hangs until it is killed, memory or the room for
 * images is full, a task does not die at once. The job runs on, at the source when nothing was decided yet, else at the
 * target; and nothing is left.
 */

const SOURCE = ['cantmove', 'list', 'quiet', 'dump', 'send', 'unlock', 'discard'] as const;
const TARGET = ['reserve', 'receiveMemory', 'receive', 'restore', 'prepared', 'go'] as const;
/** After the decision: the move is not undone. */
const LATE = new Set(['discard', 'go']);

interface Faults {
  readonly hosts?: readonly (HostFault & { readonly member: string })[];
  /** Of home's kernel and relay. */
  readonly home?: MoveRoom['failing'];
}

async function play(journey: Journey, faults: Faults): Promise<string[]> {
  const one = await sceneOf(journey);
  const { room, job, to } = one;
  for (const { member, ...fault } of faults.hosts ?? []) room.member(member).host.faults.push(fault);
  room.failing.push(...(faults.home ?? []));
  const move = room.outcome(room.home.move(job, { member: room.member(to).host.overlay }));
  const moved = await move.then(
    () => true,
    () => false,
  );
  const wrong = await room.settled(() => wrongWith({ ...one, mayEnd: () => undefined }));
  const unused = [...room.members.values()].flatMap(({ host }) => host.faults);
  return [...room.files.wrong, ...wrong, ...unused.map(({ on }) => `${on} was not asked`), moved ? 'moved' : 'stayed'];
}

for (const what of ['fails', 'hangs', 'is refused'] as const)
  test(`whatever ${what} at a member in a move, the job runs on and nothing is left`, async (t) => {
    for (const journey of JOURNEYS) {
      const { from, to, locks } = journey;
      const asked = [...SOURCE.map((on) => ({ on, member: from })), ...TARGET.map((on) => ({ on, member: to }))].filter(
        ({ on }) => locks || (on !== 'unlock' && on !== 'prepared'),
      );
      for (const { on, member } of asked) {
        if (on === 'go' && what === 'is refused') continue;
        const outcome = LATE.has(on) ? 'moved' : 'stayed';
        const name = `${from} → ${to}${locks ? ' with a lock' : ''}: ${on}`;
        t.deepEqual(await play(journey, { hosts: [{ on, what, member }] }), [outcome], name);
      }
    }
  });

const RESTORE_FAILS = ({ to }: Journey): Faults => ({ hosts: [{ on: 'restore', what: 'fails', member: to }] });

test('a job whose way back does not work at once goes on all the same', async (t) => {
  for (const journey of JOURNEYS)
    for (const what of ['fails', 'hangs'] as const)
      for (const on of ['resume', 'discard'] as const) {
        const member = on === 'resume' ? journey.from : journey.to;
        const hosts = [{ on: 'restore', what: 'fails', member: journey.to } as const, { on, what, member }];
        t.deepEqual(await play(journey, { hosts }), ['stayed'], `${journey.from} → ${journey.to}: ${on} ${what}`);
      }
});

test("whatever fails of home's kernel or relay in a move, the job runs on where it is and nothing is left", async (t) => {
  const bad: string[] = [];
  for (const journey of JOURNEYS)
    for (const on of ['grant', 'revoke', 'fence', 'route', 'wait', 'connect'] as const)
      for (const times of [1, 2])
        for (const faults of [{}, RESTORE_FAILS(journey)]) {
          const wrong = await play(journey, { ...faults, home: Array(times).fill(on) });
          const name = `${journey.from} → ${journey.to}: ${on} ${times}${'hosts' in faults ? ' and the restore' : ''}`;
          bad.push(
            ...wrong.filter((one) => !/^(moved|stayed|.* was not asked)$/.test(one)).map((one) => `${name}: ${one}`),
          );
        }
  t.deepEqual(bad, []);
});
