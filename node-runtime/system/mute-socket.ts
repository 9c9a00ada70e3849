import { dlopen, getRawPointer } from 'node:ffi';

const SOL_SOCKET = 1;
const SO_ATTACH_FILTER = 26;
const SO_DETACH_FILTER = 27;

const { functions: libc } = dlopen(null, {
  setsockopt: { arguments: ['i32', 'i32', 'i32', 'pointer', 'u32'], return: 'i32' },
});

/** One BPF instruction, "return 0": of every packet nothing is kept. */
const KEEP_NOTHING = Buffer.from([0x06, 0, 0, 0, 0, 0, 0, 0]);

/**
 * Lets the kernel throw away what arrives at a socket, or no longer. A thrown away packet costs this process nothing,
 * while one that is read and dropped costs as much as one that is used. A socket that is gone is no error.
 */
export function muteSocket(fd: number, muted: boolean): void {
  // struct sock_fprog: number of instructions (16 bits, padded), address of the first.
  const program = Buffer.alloc(16);
  program.writeUInt16LE(1, 0);
  program.writeBigUInt64LE(getRawPointer(KEEP_NOTHING), 8);
  libc.setsockopt(fd, SOL_SOCKET, muted ? SO_ATTACH_FILTER : SO_DETACH_FILTER, program, program.length);
}
