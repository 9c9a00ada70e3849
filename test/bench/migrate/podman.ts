import path from 'node:path';
import { HEAD_PACKAGES } from '#builder/lab/head/packages.ts';
import { openSupplies, resolveOnce } from '#builder/lab/supplies.ts';
import type { HeadsRoom } from '../heads-room.ts';

/** With runc: Debian 12's crun cannot checkpoint. */
const PACKAGES = ['podman', 'runc', 'iptables'];
/** CRIU locks the network by these; Debian links them when it configures iptables. */
const TABLES = ['iptables', 'iptables-save', 'iptables-restore', 'ip6tables', 'ip6tables-save', 'ip6tables-restore'];

/** Unpacks Debian's podman onto the hosts, unconfigured (it needs no more to run a container without a network), and makes its image. */
export async function layPodman({ lab, hosts }: HeadsRoom): Promise<void> {
  const signal = AbortSignal.timeout(600_000);
  const supplies = await openSupplies({ env: process.env, signal, notice: () => {} });
  const there = new Set((await resolveOnce(supplies, HEAD_PACKAGES)).map(({ name }) => name));
  const missing = (await resolveOnce(supplies, PACKAGES)).filter(({ name }) => !there.has(name));
  const debs = await supplies.apt.fetch(missing);
  for (const { name } of hosts) {
    for (const deb of debs) {
      const at = `/root/${path.basename(deb)}`;
      await lab.ok('copy', deb, `${name}:${at}`);
      // Not by dpkg -x: that makes folders of the links /bin and /lib.
      await lab.on(name, 'sh', '-c', `dpkg-deb --fsys-tarfile ${at} | tar -x --keep-directory-symlink -C /`);
    }
    await lab.on(name, 'ldconfig');
    for (const table of TABLES)
      await lab.on(name, 'ln', '-sf', table.replace('tables', 'tables-nft'), `/usr/sbin/${table}`);
    await lab.on(name, 'python3', '/home/alice/bench/podman.py', 'image');
  }
}
