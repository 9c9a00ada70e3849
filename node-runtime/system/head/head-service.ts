import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { PATHS } from '../../model/paths.ts';
import { runCommand } from '../run-command.ts';
import { HEAD_TREE } from './head-tree.ts';

const UNIT = '/etc/systemd/system/plumpos.service';
const WANTS = '/etc/systemd/system/multi-user.target.wants';
const PID_FILE = path.join(PATHS.run, 'daemon.pid');
const SEARCH_PATH = `${HEAD_TREE}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`;
const COMMAND = [`${HEAD_TREE}/bin/node`, '--disable-warning=ExperimentalWarning', `${HEAD_TREE}/agent.cjs`, '--head'];
/** The agent leaves in order within 8 s (agent.ts). */
const STOP_MS = 12_000;

/** How the agent is kept running on a head. */
export interface HeadService {
  readonly kind: 'systemd' | 'daemon';
  /** Returns folders it had to make. */
  start(): Promise<string[]>;
  /** Stops the agent, which leaves the cluster in order, and takes away what started it. */
  remove(folders: readonly string[]): Promise<void>;
}

/** The service that fits this machine: systemd where it runs, a plain daemon elsewhere. */
export function headService(): HeadService {
  return existsSync('/run/systemd/system') ? systemd() : daemon();
}

/** Delegate and KillMode: jobs live in cgroups of their own below ours, and outlive a restart of the agent. */
const UNIT_TEXT = `[Unit]
Description=PlumpOS: this machine is a member of a cluster
Documentation=file:${HEAD_TREE}/doc
After=network-online.target
Wants=network-online.target

[Service]
ExecStart=${COMMAND.join(' ')}
Environment=PATH=${SEARCH_PATH}
Restart=always
RestartSec=1
Delegate=yes
KillMode=process
OOMScoreAdjust=-1000
CPUWeight=1000
MemoryMin=64M
TimeoutStopSec=12

[Install]
WantedBy=multi-user.target
`;

function systemd(): HeadService {
  const systemctl = (...words: string[]) => runCommand('systemctl', words, { timeoutMs: 60_000 });
  return {
    kind: 'systemd',
    async start() {
      const made = existsSync(WANTS) ? [] : [WANTS];
      writeFileSync(UNIT, UNIT_TEXT, { mode: 0o644 });
      await systemctl('daemon-reload');
      await systemctl('enable', '--quiet', 'plumpos.service');
      // Not waiting for network-online: a member without a network is one all the same.
      await systemctl('start', '--no-block', 'plumpos.service');
      return made;
    },
    async remove(folders) {
      if (!existsSync(UNIT)) return;
      await systemctl('disable', '--quiet', '--now', 'plumpos.service');
      rmSync(UNIT, { force: true });
      for (const folder of folders) removeIfEmpty(folder);
      await systemctl('daemon-reload');
      await systemctl('reset-failed', 'plumpos.service').catch(() => {});
    },
  };
}

/** A loop of a shell that starts the agent again when it ends, in a session of its own. */
function daemon(): HeadService {
  return {
    kind: 'daemon',
    async start() {
      const log = openSync(path.join(PATHS.run, 'agent.log'), 'a', 0o600);
      const loop = `trap 'kill $child; wait $child; exit' TERM; while :; do "$@" & child=$!; wait $child; sleep 1; done`;
      const child = spawn('/bin/sh', ['-c', loop, 'plumpos', ...COMMAND], {
        detached: true,
        stdio: ['ignore', log, log],
        cwd: '/',
        env: { PATH: SEARCH_PATH },
      });
      closeSync(log);
      child.unref();
      writeFileSync(PID_FILE, `${child.pid}\n`);
      return [];
    },
    async remove() {
      const pid = runningLoop();
      if (pid === undefined) return;
      process.kill(pid, 'SIGTERM');
      for (let waited = 0; waited < STOP_MS && isRunning(pid); waited += 100) await wait(100);
      if (isRunning(pid)) process.kill(-pid, 'SIGKILL');
    },
  };
}

/** The pid of the loop, if the one noted is still that. */
function runningLoop(): number | undefined {
  try {
    const pid = Number(readFileSync(PID_FILE, 'latin1'));
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

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Somebody else's file is in it.
  }
}
