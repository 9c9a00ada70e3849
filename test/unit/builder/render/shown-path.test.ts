import { execFileSync } from 'node:child_process';
import test from 'ava';
import { shownPath } from '#builder/render/shown-path.ts';

test('a path in a printed command is short below the working directory, whole elsewhere, and can be pasted', (t) => {
  t.is(shownPath('/home/me/final/plumpos.iso', '/home/me'), 'final/plumpos.iso');
  t.is(shownPath('/srv/plumpos.iso', '/home/me'), '/srv/plumpos.iso');
  const odd = "/home/me/it's mine/$(a).iso";
  t.is(execFileSync('sh', ['-c', `printf %s ${shownPath(odd, '/home/me')}`]).toString(), "it's mine/$(a).iso");
});
