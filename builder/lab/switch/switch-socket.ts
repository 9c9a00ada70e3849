import net from 'node:net';
import { rm } from 'node:fs/promises';
import { encodeEthernet, EthernetReader } from './ethernet-stream.ts';
import type { Faults, Switch, SwitchPort } from './switch.ts';

/** A socket of the switch that one NIC of a VM is plugged into; a VM started again plugs in again. */
export interface PortSocket extends AsyncDisposable {
  /** For QEMU: `-netdev stream,server=off,addr.type=unix,addr.path=…` */
  readonly path: string;
  /** Changes what is wrong with this cable; kept when the VM is started again. */
  fault(faults: Partial<Faults>): void;
}

/** Opens a socket of the switch at a path, for one NIC of `owner`. */
export async function openPort(ethernet: Switch, owner: string, path: string): Promise<PortSocket> {
  const sockets = new Set<net.Socket>();
  let plugged: SwitchPort | undefined;
  let faults: Faults = { cut: false, loss: 0, delayMs: 0 };
  const server = net.createServer((socket) => {
    sockets.add(socket);
    const port = ethernet.plug(owner, {
      get waiting() {
        return socket.writableLength;
      },
      send: (frame) => void socket.write(encodeEthernet(frame)),
    });
    port.faults = faults;
    plugged = port;
    const reader = new EthernetReader();
    socket.on('data', (chunk: Buffer) => {
      try {
        for (const frame of reader.feed(chunk)) ethernet.receive(port, frame);
      } catch {
        socket.destroy();
      }
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      sockets.delete(socket);
      ethernet.unplug(port);
    });
  });
  await rm(path, { force: true });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve));
  return {
    path,
    fault(changes) {
      faults = { ...faults, ...changes };
      if (plugged) plugged.faults = faults;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
