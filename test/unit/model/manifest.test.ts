import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { LEAST_RAM_MB } from '#runtime/model/manifest.ts';

const root = path.resolve(import.meta.dirname, '../../..');

test('the screen of a PC with too little RAM names what the build prints', (t) => {
  const script = readFileSync(path.join(root, 'rootfs/initrd/lib/plumpos/layers.sh'), 'utf8');
  const [, disc, network] = /at least (\d+) MB \((\d+) MB when it starts by network\)/.exec(script) ?? [];
  t.deepEqual([Number(disc), Number(network)], [LEAST_RAM_MB.cd, LEAST_RAM_MB.pxe]);
});
