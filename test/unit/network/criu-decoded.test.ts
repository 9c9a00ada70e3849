import test from 'ava';
import { checkImages } from '#runtime/core/jobs/image-check.ts';
import { mountsIn, rightsIn } from '#runtime/network/criu-image/decoded.ts';

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return Buffer.from([...bytes, value]);
}
const number = (field: number, value: number) => Buffer.concat([varint(field * 8), varint(value)]);
const part = (field: number, ...parts: Buffer[]) => {
  const body = Buffer.concat(parts);
  return Buffer.concat([varint(field * 8 + 2), varint(body.length), body]);
};
const text = (field: number, value: string) => part(field, Buffer.from(value));
const image = (...entries: Buffer[]) =>
  Buffer.concat([
    Buffer.alloc(8),
    ...entries.flatMap((entry) => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(entry.length);
      return [length, entry];
    }),
  ]);
/** A core image of a thread with these user ids, groups and effective capabilities. */
const core = (uid: number, groups: readonly number[], effective = 0) =>
  image(
    part(
      5,
      part(
        10,
        ...[1, 3, 5, 7].map((field) => number(field, uid)),
        ...[2, 4, 6, 8].map((field) => number(field, 1000)),
        number(11, effective),
        ...groups.map((group) => number(14, group)),
      ),
    ),
  );
const mount = (kind: number, path: string, external: boolean) =>
  Buffer.concat([number(1, kind), text(7, path), ...(external ? [text(18, 'm1')] : [])]);

const user = { uid: 1000, gid: 1000, groups: [1000, 2000] };
const paths = ['/', '/tmp', '/proc'];
const mounts = mountsIn(image(mount(0, '/', false), mount(16, '/tmp', true), mount(1, '/proc', false)));

test('rights and mounts are read out of images, and an honest image passes', (t) => {
  const rights = rightsIn(core(1000, [1000, 2000]));
  t.deepEqual(rights, [{ uids: Array(4).fill(1000), gids: Array(4).fill(1000), groups: [1000, 2000], capable: false }]);
  t.deepEqual(mounts[1], { kind: 16, path: '/tmp', external: true });
  t.deepEqual(checkImages(rights, mounts, user, paths), []);
});

test("root, another's groups, capabilities and foreign mounts are refused before CRIU sees them", (t) => {
  const check = (bytes: Buffer, seen = mounts) => checkImages(rightsIn(bytes), seen, user, paths).join();
  t.regex(check(core(0, [])), /another user/);
  t.regex(check(core(1000, [42])), /another user/);
  t.regex(check(core(1000, [], 2 ** 31)), /capabilities/);
  t.regex(check(image()), /no task/);
  t.regex(check(core(1000, []), [...mounts, { kind: 3, path: '/mnt', external: false }]), /\/mnt was not mounted/);
  t.regex(check(core(1000, []), [{ kind: 3, path: '/tmp', external: false }]), /\/tmp is of kind 3/);
});
