import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { execa } from 'execa';
import { configChecks } from '#runtime/services/member-status.ts';
import { readNodeConfig } from '#runtime/system/node-config-file.ts';

const script = readFileSync(
  path.resolve(import.meta.dirname, '../../../rootfs/root/usr/lib/plumpos/boot/node-config.sh'),
  'utf8',
);
const say = readFileSync(path.resolve(import.meta.dirname, '../../../rootfs/initrd/lib/plumpos/say.sh'), 'utf8');

/** What the agent gets of a kernel's command line, and what is said on the consoles. */
async function booted(t: { teardown(end: () => void): void }, cmdline: string) {
  const folder = mkdtempSync(path.join(tmpdir(), 'plumpos-boot-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  writeFileSync(path.join(folder, 'cmdline'), `${cmdline}\n`);
  writeFileSync(path.join(folder, 'image.json'), '{"format":1,"image":"abc","version":"7"}\n');
  const text = `${say}\n${script}\nconsoles() { echo ${folder}/console; }\nwrite_node_config`;
  const here = text.replaceAll('/proc/cmdline', `${folder}/cmdline`).replaceAll('/run/plumpos', folder);
  await execa('sh', ['-c', `: >${folder}/console\n${here}`]);
  return { config: readNodeConfig(path.join(folder, 'config.json')), said: readFileSync(`${folder}/console`, 'utf8') };
}

test('a role that is none is said on the console and in status, and the node boots as single', async (t) => {
  const { config, said } = await booted(t, 'quiet plumpos.role=bogus plumpos.hostname=attic');
  t.like(config, { role: 'single', unknownRole: 'bogus', hostname: 'attic' });
  t.regex(said, /plumpos.role=bogus is no role/);
  t.like(configChecks(config)[0], { name: 'config', ok: false });
  t.regex(configChecks(config)[0]?.text ?? '', /^plumpos.role=bogus is no role \(single, server/);
});

test('a role that is one, or none given, needs no word', async (t) => {
  for (const [cmdline, role] of [
    ['plumpos.role=half-duplex', 'half-duplex'],
    ['plumpos.role=single', 'single'],
    ['quiet', 'single'],
  ] as const) {
    const { config, said } = await booted(t, cmdline);
    t.is(config.role, role);
    t.deepEqual(configChecks(config), []);
    t.is(said, '');
  }
});
