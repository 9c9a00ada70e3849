import path from 'node:path';
import { HEAD_PACKAGES } from '#builder/lab/head/packages.ts';
import { openSupplies, resolveOnce } from '#builder/lab/supplies.ts';
import type { HeadsRoom } from '../heads-room.ts';

/** With runc: Debian 12's crun cannot checkpoint. */
const PACKAGES = ['podman', 'runc'];

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
    // As our own dumps: otherwise CRIU wants iptables, which a head has not.
    await lab.on(name, 'sh', '-c', 'mkdir -p /etc/criu; echo network-lock nftables >/etc/criu/runc.conf');
    await lab.on(name, 'python3', '/home/alice/bench/podman.py', 'image');
  }
}
