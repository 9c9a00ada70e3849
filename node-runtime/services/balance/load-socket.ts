import type { Log } from '../../base/log.ts';
import { PORTS } from '../../model/ports.ts';
import type { Overlay } from '../overlay.ts';

/** The balancers' datagrams, over UDP in the overlay. */
export interface LoadSocket extends Disposable {
  send(to: string, bytes: Buffer): void;
}

/** @param receive throws at what is none; who sends it is known by its overlay address, for which WireGuard vouches */
export function openLoadSocket(
  overlay: Pick<Overlay, 'udpSocket'>,
  log: Log,
  receive: (from: string, bytes: Buffer) => void,
): LoadSocket {
  const socket = overlay.udpSocket(PORTS.load);
  socket.on('error', (error) => log.warn('the socket for load reported an error', { error: error.message }));
  socket.on('message', (bytes, from) => {
    try {
      receive(from.address, bytes);
    } catch (error) {
      log.debug('refused a load datagram', { from: from.address, error: String(error) });
    }
  });
  let open = true;
  return {
    send(to, bytes) {
      // Whoever cannot be reached is found out by membership.
      if (open) socket.send(bytes, PORTS.load, to, () => {});
    },
    [Symbol.dispose]() {
      open = false;
      socket.close();
    },
  };
}
