import test from 'ava';
import { isImageName } from '#runtime/core/jobs/image-names.ts';

/** What CRIU 3.17.1 and 4.2 write for a job with pipes, a terminal, TCP, shared memory and deleted files (image-desc.c). */
const WRITTEN =
  `inventory pstree files sk-queues pipes-data fifo-data tty-info tty-data remap-fpath cgroup filelocks seccomp
memfd cpuinfo core-1 core-4711 ids-1 mm-1 fs-4711 fdinfo-2 pagemap-1 pagemap-shmem-140737 pages-1 utsns-11 pidns-9
mountpoints-12 ipcns-var-10 ipcns-shm-10 ipcns-msg-10 ipcns-sem-10 netns-9 netns-ct-9 netns-exp-9 timens-0 tcp-stream-1f3a
ghost-file-b tmpfs-dev-73.tar.gz`.split(/\s/);

/** What they would read besides. */
const NOT_OURS =
  `iptables-9 ip6tables-9 nftables-9 route-9 route6-9 rule-9 ifaddr-9 netdev-9 userns-8 autofs-5 tmpfs-61.tar.gz
binfmt-misc binfmt-misc-5 bpfmap-file bpfmap-data tunfile apparmor creds-4711 sigacts-4711 vmas-4711 itimers-4711
posix-timers-4711 rlimit-4711 signal-s-4711 signal-p-4711 pages-shmem-4 unixsk inetsk reg-files ext-files eventfd`.split(
    /\s/,
  );

test('every image that CRIU writes of a job is taken', (t) => {
  t.deepEqual(
    WRITTEN.filter((name) => !isImageName(`${name}.img`)),
    [],
  );
});

test('images of what a job never has are refused: root’s tools, or nobody’s check, would read them', (t) => {
  t.deepEqual(
    NOT_OURS.filter((name) => isImageName(`${name}.img`)),
    [],
  );
  const made = [
    'core-1',
    'core-.img',
    'core-1.img.img',
    'core-1.img\n',
    'x/core-1.img',
    'pages-a.img',
    'tmpfs-dev-1.img',
  ];
  t.deepEqual(made.filter(isImageName), []);
});
