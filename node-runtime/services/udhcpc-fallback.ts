import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { LeaseTerms } from '../model/dhcp.ts';
import { isUsable } from '../network/dhcp/lease-terms.ts';

/** Prints what busybox's client tells its script: the event, then the environment. */
const SCRIPT_TEXT = '#!/bin/sh\necho "plumpos-event=$1"\nenv\necho plumpos-end\n';
const DEFAULT_LEASE_SECONDS = 3600;

/** A run of busybox's DHCP client on one NIC. It keeps renewing until it is disposed of, which gives the lease back. */
export class UdhcpcFallback implements Disposable {
  readonly #stop: () => void;

  /**
   * @param scratch path for its script
   * @param program how the client is called, for machines where it is `busybox udhcpc`
   * @param ended called when the client gave up or died
   */
  constructor(
    nic: string,
    hostname: string,
    scratch: string,
    program: readonly string[],
    bound: (terms: LeaseTerms) => void,
    ended: () => void,
  ) {
    writeFileSync(scratch, SCRIPT_TEXT, { mode: 0o755 });
    const [file = 'udhcpc', ...words] = program;
    // -R: gives the lease back; -a would probe, but some clients are built without it; -n: ends when there is no lease.
    const args = [
      ...words,
      '-f',
      '-n',
      '-R',
      '-i',
      nic,
      '-s',
      scratch,
      '-t',
      '3',
      '-T',
      '2',
      '-x',
      `hostname:${hostname}`,
    ];
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    child.on('error', () => {});
    child.on('close', ended);
    let event: Map<string, string> | undefined;
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.startsWith('plumpos-event=')) event = new Map();
      const cut = line.indexOf('=');
      if (cut > 0) event?.set(line.slice(0, cut), line.slice(cut + 1));
      if (line !== 'plumpos-end' || !event) return;
      const terms = ['bound', 'renew'].includes(event.get('plumpos-event') ?? '') ? termsOf(event) : undefined;
      if (terms) bound(terms);
    });
    this.#stop = () => void child.kill('SIGTERM');
  }

  [Symbol.dispose](): void {
    this.#stop();
  }
}

function termsOf(env: ReadonlyMap<string, string>): LeaseTerms | undefined {
  const address = env.get('ip') ?? '';
  const leaseSeconds = Number(env.get('lease') ?? DEFAULT_LEASE_SECONDS);
  const prefix = Number(env.get('mask') ?? 24);
  if (!isUsable(address) || !(prefix >= 1 && prefix <= 32) || !(leaseSeconds > 0)) return undefined;
  const list = (name: string) => (env.get(name) ?? '').split(' ').filter((one) => isUsable(one));
  const [via] = list('router');
  return {
    address,
    prefix,
    server: env.get('serverid') ?? '',
    leaseSeconds,
    t1: leaseSeconds / 2,
    t2: leaseSeconds * 0.875,
    routes: via === undefined ? [] : [{ to: '0.0.0.0/0', via }],
    dns: list('dns'),
    ntp: list('ntpsrv'),
    ...(env.has('hostname') ? { hostname: env.get('hostname') as string } : {}),
  };
}
