import { setTimeout as wait } from 'node:timers/promises';
import type { Machine } from './machine.ts';
import type { Room } from './room.ts';

/** Cuts a machine off: silently, or (`carrier`) with the cable out, so that its cards see no link. */
export async function cutOff(machine: Machine, carrier: boolean): Promise<void> {
  if (carrier) await setLinks(machine, false);
  else for (const port of machine.ports) port.fault({ cut: true });
  machine.fault = carrier ? 'unplugged' : 'cut';
}

/** Mends everything that was cut. */
export async function mendAll(room: Room): Promise<void> {
  room.network.mendPairs();
  for (const machine of room.machines) {
    for (const port of machine.ports) port.fault({ cut: false, loss: 0, delayMs: 0 });
    if (machine.state !== 'off') await setLinks(machine, true);
    machine.fault = undefined;
  }
}

async function setLinks(machine: Machine, up: boolean): Promise<void> {
  for (const i of machine.ports.keys()) await machine.vm.qmp.execute('set_link', { name: `nic${i}`, up });
  // The guest's driver hears of it by an interrupt; what is asked of the guest next should find it done.
  await wait(100);
}
