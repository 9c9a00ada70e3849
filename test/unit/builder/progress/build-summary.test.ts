import test from 'ava';
import { secretLines } from '#builder/progress/build-summary.ts';

test('a build says where the secret is, and that there is none only where there is none', (t) => {
  const said = (noKey: boolean, pxeKey: boolean) =>
    secretLines({ 'no-key': noKey, 'pxe-key': pxeKey }, 'cluster.key').join(' ');
  t.regex(said(true, false), /^The image holds no secret/);
  t.regex(said(false, false), /holds this medium can join/);
  t.notRegex(said(false, false), /pxe/);
  t.regex(said(false, true), /holds this medium can join.*boot from a server of pxe\/ can join/);
  t.regex(said(true, true), /^Whoever can boot from a server of pxe\/ can join.*The ISO holds no secret/);
});
