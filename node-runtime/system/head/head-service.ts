import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { LEAVE_TIMES } from '../../model/leave-times.ts';
import { PATHS } from '../../model/paths.ts';
import { runCommand } from '../run-command.ts';
import { HEAD_TREE } from './head-tree.ts';

const UNITS = '/etc/systemd/system';
const WANTS = '/etc/systemd/system/multi-user.target.wants';
const SEARCH_PATH = `${HEAD_TREE}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`;
const AGENT = [`${HEAD_TREE}/bin/node`, '--disable-warning=ExperimentalWarning', `${HEAD_TREE}/agent.cjs`, '--head'];
const RELAY = [`${HEAD_TREE}/bin/relay`];

/** How agent and relay are kept running on a head: each on its own, since every byte of a job passes the relay. */
export interface HeadService {
  readonly kind: 'systemd' | 'daemon';
  /** Returns folders it had to make, which are the caller's to take away. */
  start(): Promise<string[]>;
  /** Stops the agent, which leaves the cluster in order, then the relay, and takes away what started them. */
  remove(): Promise<void>;
}

/** The service that fits this machine: systemd where it runs, a plain daemon elsewhere. */
export function headService(): HeadService {
  return existsSync('/run/systemd/system') ? systemd() : daemon();
}

/**
 * Agent and relay stand beside the machine's services and users, not among them: they are kept alive on machines that are kept busy on
 * purpose, and have memory of their own, which the kernel grants only as far as every group above does.
 */
const SLICE = `[Unit]
Description=PlumpOS: what keeps this machine in its cluster

[Slice]
CPUWeight=1000
MemoryMin=64M
`;

/**
 * Delegate and KillMode: jobs live in cgroups of their own below ours, and outlive the agent. ExecStop: on `systemctl restart`
 * the agent is told (HUP) that another takes over, and jobs go on; on stop, and when the machine goes off, it leaves in order.
 */
const AGENT_UNIT = `[Unit]
Description=PlumpOS: this machine is a member of a cluster
Documentation=man:plumpos(1)
After=network-online.target plumpos-relay.service
Wants=network-online.target plumpos-relay.service

[Service]
ExecStart=${AGENT.join(' ')}
Environment=PATH=${SEARCH_PATH}
ExecStop=/bin/sh -c 'systemctl list-jobs --no-legend plumpos.service | grep -qw restart && kill -HUP $MAINPID; :'
Restart=always
RestartSec=1
Delegate=yes
KillMode=process
OOMScoreAdjust=-1000
Slice=plumpos.slice
MemoryMin=64M
TimeoutStopSec=${LEAVE_TIMES.killed / 1000}

[Install]
WantedBy=multi-user.target
`;

const RELAY_UNIT = `[Unit]
Description=PlumpOS: the way of every byte to and from jobs

[Service]
ExecStart=${RELAY.join(' ')}
Restart=always
RestartSec=1
OOMScoreAdjust=-1000
Slice=plumpos.slice
`;

const UNIT_FILES = { 'plumpos.slice': SLICE, 'plumpos-relay.service': RELAY_UNIT, 'plumpos.service': AGENT_UNIT };

function systemd(): HeadService {
  const systemctl = (...words: string[]) => runCommand('systemctl', words, { timeoutMs: LEAVE_TIMES.asked });
  const unit = (name: string) => path.join(UNITS, name);
  return {
    kind: 'systemd',
    async start() {
      const made = existsSync(WANTS) ? [] : [WANTS];
      for (const [name, text] of Object.entries(UNIT_FILES)) writeFileSync(unit(name), text, { mode: 0o644 });
      await systemctl('daemon-reload');
      await systemctl('enable', '--quiet', 'plumpos.service');
      // Not waiting for network-online: a member without a network is one all the same.
      await systemctl('start', '--no-block', 'plumpos-relay.service', 'plumpos.service');
      return made;
    },
    async remove() {
      const names = Object.keys(UNIT_FILES).filter((name) => existsSync(unit(name)));
      // Each on its own, so that a removal that failed half-way can go on.
      if (names.includes('plumpos.service')) await systemctl('disable', '--quiet', '--now', 'plumpos.service');
      for (const name of names) await systemctl('stop', name);
      for (const name of Object.keys(UNIT_FILES)) rmSync(unit(name), { force: true });
      await systemctl('daemon-reload');
      await systemctl('reset-failed', 'plumpos.service', 'plumpos-relay.service').catch(() => {});
    },
  };
}

function daemon(): HeadService {
  const relay = loop('relay', RELAY);
  const agent = loop('agent', AGENT);
  return {
    kind: 'daemon',
    start: async () => {
      relay.start();
      agent.start();
      return [];
    },
    remove: async () => {
      await agent.stop();
      await relay.stop();
    },
  };
}

/** A loop of a shell that starts a program again when it ends, in a session of its own. */
function loop(name: string, command: readonly string[]) {
  const file = path.join(PATHS.run, `${name}.pid`);
  return {
    start() {
      const log = openSync(path.join(PATHS.run, `${name}.log`), 'a', 0o600);
      const text = `trap 'kill $child; wait $child; exit' TERM; while :; do "$@" & child=$!; wait $child; sleep 1; done`;
      const child = spawn('/bin/sh', ['-c', text, 'plumpos', ...command], {
        detached: true,
        stdio: ['ignore', log, log],
        cwd: '/',
        env: { PATH: SEARCH_PATH },
      });
      closeSync(log);
      child.unref();
      writeFileSync(file, `${child.pid}\n`);
    },
    async stop() {
      const pid = runningLoop(file);
      if (pid === undefined) return;
      process.kill(pid, 'SIGTERM');
      for (let waited = 0; waited < LEAVE_TIMES.killed && isRunning(pid); waited += 100) await wait(100);
      if (isRunning(pid)) process.kill(-pid, 'SIGKILL');
    },
  };
}

/** The pid of the loop, if the one noted is still that. */
function runningLoop(file: string): number | undefined {
  try {
    const pid = Number(readFileSync(file, 'latin1'));
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(HEAD_TREE) ? pid : undefined;
  } catch {
    return undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'));
  } catch {
    return false;
  }
}
