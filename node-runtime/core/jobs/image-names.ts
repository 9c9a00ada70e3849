/** Images of the whole job. */
const SINGLE =
  'inventory pstree files sk-queues pipes-data fifo-data tty-info tty-data remap-fpath cgroup filelocks seccomp memfd cpuinfo';
/** Images of one task, one namespace, one piece of memory or one connection each, by a number. */
const NUMBERED =
  'core ids mm fs fdinfo pagemap pagemap-shmem pages utsns pidns timens mountpoints ' +
  'ipcns-var ipcns-shm ipcns-msg ipcns-sem netns netns-ct netns-exp';
/** Those that are numbered in hexadecimal digits. */
const HEXADECIMAL = 'tcp-stream ghost-file';

const NAMES = new RegExp(
  `^(?:${either(SINGLE)}|(?:${either(NUMBERED)})-\\d{1,20}|(?:${either(HEXADECIMAL)})-[0-9a-f]{1,16}` +
    // What is in the job's own /dev/shm.
    String.raw`|tmpfs-dev-\d{1,20}\.tar\.gz)\.img$`,
);

/**
 * Whether CRIU writes an image of this name when it dumps one of our jobs, whose network is made by us. It would read more:
 * rules and addresses of a network, which it hands to root's own tools, and rights of tasks in the form of old versions,
 * which nobody checks. Those come from who wants to be root here (evidence f4 §5). Pure.
 */
export function isImageName(name: string): boolean {
  return NAMES.test(name);
}

function either(words: string): string {
  return words.replaceAll(' ', '|');
}
