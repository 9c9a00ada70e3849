import type { RunCommand } from './run-command.ts';

/** Of home's files and network, and of CRIU's look at sockets (without them every dump of a socket fails, evidence f2 §1). */
const MODULES =
  'nfsd nfsv4 ip6_tunnel veth tun unix_diag inet_diag tcp_diag udp_diag raw_diag netlink_diag af_packet_diag'.split(
    ' ',
  );

/** Loads what jobs need of the kernel; what it has built in, or has not, is left out without a word. */
export async function loadJobModules(run: RunCommand): Promise<void> {
  await run('modprobe', ['-a', '-q', ...MODULES], { timeoutMs: 60_000 }).catch(() => '');
}
