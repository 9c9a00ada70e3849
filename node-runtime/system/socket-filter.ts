import { dlopen, getRawPointer } from 'node:ffi';

const SOL_SOCKET = 1;
const SO_ATTACH_FILTER = 26;
const SO_DETACH_FILTER = 27;
const INSTRUCTION_BYTES = 8;

const { functions: libc } = dlopen(null, {
  setsockopt: { arguments: ['i32', 'i32', 'i32', 'pointer', 'u32'], return: 'i32' },
});

/** One instruction of classic BPF (linux/filter.h): code, jump when true, jump when false, operand. */
export type Instruction = readonly [code: number, jt: number, jf: number, k: number];

/** "return 0": of every packet nothing is kept. */
const KEEP_NOTHING: readonly Instruction[] = [[0x06, 0, 0, 0]];

/**
 * Lets the kernel throw away what arrives at a socket and the filter does not keep. A thrown away packet costs this
 * process nothing, while one that is read and dropped costs as much as one that is used. A socket that is gone is no error.
 */
export function filterSocket(fd: number, filter: readonly Instruction[]): void {
  const code = Buffer.alloc(INSTRUCTION_BYTES * filter.length);
  for (const [i, [op, jt, jf, k]] of filter.entries()) {
    code.writeUInt16LE(op, INSTRUCTION_BYTES * i);
    code.writeUInt8(jt, INSTRUCTION_BYTES * i + 2);
    code.writeUInt8(jf, INSTRUCTION_BYTES * i + 3);
    code.writeUInt32LE(k, INSTRUCTION_BYTES * i + 4);
  }
  // struct sock_fprog: number of instructions (16 bits, padded), address of the first.
  const program = Buffer.alloc(16);
  program.writeUInt16LE(filter.length, 0);
  program.writeBigUInt64LE(getRawPointer(code), 8);
  libc.setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, program, program.length);
}

/** Lets the kernel throw away everything that arrives at a socket, or nothing any more. */
export function muteSocket(fd: number, muted: boolean): void {
  if (muted) filterSocket(fd, KEEP_NOTHING);
  else libc.setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, Buffer.alloc(16), 16);
}
