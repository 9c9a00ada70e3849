import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { PlumpError } from '#runtime/base/errors.ts';
import { FRAME } from '../frames.ts';
import type { Session } from '../session.ts';
import type { Vm } from '../types.ts';
import type { Wire } from './wire.ts';

const SIGHUP = 1;
const SIGKILL = 9;
const GRACE_MS = 1000;

/**
 * Passes a program in a guest on to whoever asked for it, until it ends. When they hang up, so does the program's terminal.
 * @throws PlumpError PLUMP_TIMEOUT when it takes longer than `seconds` (0: as long as it likes).
 */
export async function attachProgram(session: Session, wire: Wire, seconds: number): Promise<void> {
  const late = new PlumpError('PLUMP_TIMEOUT', `the program did not end within ${seconds} s, and was killed`);
  const kill = (reason: Error) => {
    session.signal(SIGKILL);
    session.lose(reason);
  };
  const timer = seconds > 0 ? setTimeout(() => kill(late), seconds * 1000) : undefined;
  const hangUp = () => {
    session.signal(SIGHUP);
    void wait(GRACE_MS).then(() => kill(late));
  };
  wire.closed.addEventListener('abort', hangUp, { once: true });
  wire.onFrame = (type, payload) => fromClient(session, wire, type, payload);
  session.on('data', (chunk: Buffer) => {
    if (wire.send(FRAME.stdout, chunk)) return;
    session.pause();
    void wire.drained().then(() => session.resume());
  });
  try {
    const status = await session.exited;
    if (!session.readableEnded) await once(session, 'end');
    wire.send(FRAME.exit, int32(status));
  } finally {
    clearTimeout(timer);
    wire.closed.removeEventListener('abort', hangUp);
  }
}

/** Passes the serial console on, what it said last first, until either side ends. */
export async function attachConsole(vm: Vm, wire: Wire): Promise<void> {
  for (const line of vm.console.lines) wire.send(FRAME.stdout, Buffer.from(`${line}\r\n`));
  using _ = vm.console.onBytes((chunk) => void wire.send(FRAME.stdout, chunk));
  const over = Promise.withResolvers<void>();
  wire.closed.addEventListener('abort', () => over.resolve(), { once: true });
  void vm.exited.then(() => over.resolve());
  wire.onFrame = (type, payload) => {
    if (type === FRAME.stdinEof) over.resolve();
    if (type !== FRAME.stdin) return;
    vm.console.write(payload);
    wire.send(FRAME.taken, int32(payload.length));
  };
  await over.promise;
  wire.send(FRAME.exit, int32(0));
}

function fromClient(session: Session, wire: Wire, type: number, payload: Buffer): void {
  if (type === FRAME.stdin) session.write(payload, () => void wire.send(FRAME.taken, int32(payload.length)));
  else if (type === FRAME.stdinEof) session.end();
  else if (type === FRAME.signal && payload.length === 1) session.signal(payload.readUInt8());
  else if (type === FRAME.windowSize && payload.length === 4)
    session.resize(payload.readUInt16LE(0), payload.readUInt16LE(2));
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}
