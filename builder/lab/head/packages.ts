/**
 * The head's packages, the essential ones that apt takes for granted among them; what they depend on comes on top. An
 * ordinary PC of somebody who writes programs.
 */
export const HEAD_PACKAGES: readonly string[] = words(`
  base-files base-passwd bash bsdutils coreutils dash debianutils diffutils dpkg findutils grep gzip hostname
  init-system-helpers libc-bin login mount ncurses-base ncurses-bin passwd perl-base sed sysvinit-utils tar
  usr-is-merged util-linux apt debian-archive-keyring systemd-sysv dbus udev kmod libpam-systemd netbase
  iproute2 iputils-ping nftables openssh-server procps psmisc sudo less nfs-common gcc libc6-dev make python3
  perl nodejs tmux vim-tiny criu zstd e2fsprogs btrfs-progs
`);

/** Not laid into its root: 60 MB that nobody reads in a lab. */
export function leftOut(path: string): boolean {
  return /^usr\/share\/(doc|man|locale|info|lintian|doc-base|bug)\/./.test(path);
}

/** Units that cost seconds at start and are of no use in a lab; masked by kernel argument, so the root stays ordinary. */
export const MASKED_UNITS: readonly string[] = words(`
  apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer
  e2scrub_reap.service systemd-timesyncd.service systemd-random-seed.service nftables.service
  systemd-journal-flush.service systemd-update-utmp.service systemd-update-utmp-runlevel.service
  rpcbind.service rpcbind.socket run-rpc_pipefs.mount nfs-client.target rpc-statd-notify.service getty.target
  systemd-networkd-wait-online.service systemd-pstore.service modprobe@drm.service
  modprobe@efi_pstore.service modprobe@dm_mod.service modprobe@loop.service systemd-binfmt.service
`);

function words(text: string): string[] {
  return text.trim().split(/\s+/);
}
