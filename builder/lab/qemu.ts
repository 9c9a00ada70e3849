import { spawn, type ChildProcess } from 'node:child_process';
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { createReadStream } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Duplex, Readable, Writable } from 'node:stream';
import { PlumpError } from '#runtime/base/errors.ts';
import { Channel } from './channel.ts';
import { endsWithUs } from '../host/ends-with-us.ts';
import { commandLine, FD, OVMF } from './command-line.ts';
import { ConsoleTail } from './console-tail.ts';
import { Qmp } from './qmp.ts';
import type { InitrdPart, Vm, VmExit, VmSpec, VmTools } from './types.ts';

const STDERR_KEPT = 4000;
const LAST_WORDS_MS = 2000;

/**
 * Powers a virtual PC on. QEMU never outlives its owner: disposing kills it, the time limit kills it, and the kernel
 * kills it when this process dies in any way. Nothing of it lies in a file system: even a crash leaves nothing behind.
 * @throws PlumpError PLUMP_VM when QEMU does not start (its own words are in the message).
 */
export async function startVm(spec: VmSpec, tools: VmTools): Promise<Vm> {
  await using stack = new AsyncDisposableStack();
  await using files = await ownFiles(spec, tools);
  const command = [tools.qemu.file, ...tools.qemu.args, ...commandLine(spec, tools)];
  const child = launch(command, tools, files);
  const poweredOn = performance.now();
  const exited = exitOf(child);
  stack.defer(() => stop(child, exited));
  const limit = setTimeout(() => child.kill('SIGKILL'), spec.timeLimitSeconds * 1000);
  stack.defer(() => clearTimeout(limit));
  const console = new ConsoleTail(child.stdout as Readable, child.stdin as Writable);
  const channel = stack.use(new Channel(child.stdio[FD.channel] as Duplex));
  const qmp = stack.use(await greet(child, exited));
  const owned = stack.move();
  let ended: VmExit | undefined;
  void exited.then((exit) => (ended = exit));
  return {
    spec,
    pid: child.pid ?? 0,
    qmp,
    console,
    channel,
    exited,
    poweredOn,
    command,
    get ended() {
      return ended;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Files a VM has for itself: the variables of its firmware, and several initrds joined into one. */
interface OwnFiles extends AsyncDisposable {
  readonly variables: FileHandle | undefined;
  readonly initrd: FileHandle | undefined;
}

async function ownFiles(spec: VmSpec, tools: VmTools): Promise<OwnFiles> {
  const initrds = spec.kernel?.initrds ?? [];
  const variables = spec.firmware === 'bios' ? undefined : await joined([tools.path(OVMF[spec.firmware].variables)]);
  const initrd = initrds.length === 0 ? undefined : await joined(initrds);
  const close = async () => {
    await variables?.close();
    await initrd?.close();
  };
  return { variables, initrd, [Symbol.asyncDispose]: close };
}

/**
 * The parts behind each other in a file without a name. The kernel finds an uncompressed archive behind a compressed
 * one only at a multiple of four bytes.
 */
async function joined(parts: readonly InitrdPart[]): Promise<FileHandle> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'plumpos-vm-'));
  const file = await open(path.join(folder, 'file'), 'w+', 0o600);
  await rm(folder, { recursive: true });
  let end = 0;
  for (const part of parts) {
    end = Math.ceil(end / 4) * 4;
    for await (const chunk of chunksOf(part)) {
      await file.write(chunk, 0, chunk.length, end);
      end += chunk.length;
    }
  }
  return file;
}

function chunksOf(part: InitrdPart): AsyncIterable<Uint8Array> | readonly Uint8Array[] {
  return typeof part === 'string' ? (createReadStream(part) as AsyncIterable<Buffer>) : [part];
}

/** Its own process group keeps a Ctrl-C at the terminal away from it; we end it in order. */
function launch(command: readonly string[], tools: VmTools, files: OwnFiles): ChildProcess {
  const [file, ...args] = endsWithUs(command, 'KILL');
  return spawn(file, args, {
    stdio: ['pipe', 'pipe', 'pipe', 'pipe', 'pipe', files.variables?.fd ?? 'ignore', files.initrd?.fd ?? 'ignore'],
    env: { ...process.env, ...tools.qemu.env },
    detached: true,
  });
}

function exitOf(child: ChildProcess): Promise<VmExit> {
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString()).slice(-STDERR_KEPT);
  });
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: 127, signal: null, stderr: error.message }));
    child.once('close', (code, signal) => resolve({ code, signal, stderr: stderr.trim() }));
  });
}

async function greet(child: ChildProcess, exited: Promise<VmExit>): Promise<Qmp> {
  try {
    return await Qmp.open(child.stdio[FD.qmp] as Duplex);
  } catch (cause) {
    // Where QEMU refuses its command line, its own words say why; they come with its end.
    const exit = await Promise.race([exited, wait(LAST_WORDS_MS, undefined, { ref: false })]);
    if (exit === undefined) throw cause;
    const words = exit.stderr.replaceAll(/^\S*qemu-system-x86_64: (?:-\w+ \{.*\}: )?/gm, '');
    throw new PlumpError('PLUMP_VM', `QEMU does not start: ${words || `exit status ${exit.code}`}`, { cause });
  }
}

async function stop(child: ChildProcess, exited: Promise<VmExit>): Promise<void> {
  child.kill('SIGKILL');
  await exited;
}
