import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { type Clock, systemClock } from './base/clock.ts';
import { messageOf } from './base/errors.ts';
import { type Fields, type Log, makeLog } from './base/log.ts';
import { parseOptions } from './base/options.ts';
import type { AgentApi } from './http/agent-api.ts';
import { startHttp } from './http/server.ts';
import { LEAVE_TIMES } from './model/leave-times.ts';
import type { NodeView } from './model/member.ts';
import { PATHS } from './model/paths.ts';
import { lanPorts } from './model/ports.ts';
import { Cluster } from './services/cluster.ts';
import { serviceCounters } from './services/counters.ts';
import { EventRing } from './services/events.ts';
import { startHpc } from './services/hpc/start-hpc.ts';
import { SettingsFile } from './services/home/job-settings.ts';
import { JobsApi } from './services/home/jobs-api.ts';
import { jobStarter } from './services/home/jobs.ts';
import { phaseOf, statusOf } from './services/member-status.ts';
import { Nics } from './services/nics.ts';
import { ObservedNics } from './services/observed-nics.ts';
import { OwnFirewall } from './services/own-firewall.ts';
import { PhaseWatch } from './services/phase-watch.ts';
import { Screen, screenText } from './services/screen.ts';
import { machineSpeed } from './services/speed.ts';
import { machineFacts } from './system/machine-facts.ts';
import { readNodeConfig } from './system/node-config-file.ts';
import { peerUid } from './system/peer-credentials.ts';
import { runCommand } from './system/run-command.ts';

/** How the agent is started: a node's without options, a head's with --head. */
const OPTIONS = {
  head: { type: 'flag', help: 'this machine belongs to somebody: leave its network alone' },
  state: { type: 'string', help: 'folder for what is kept', value: 'DIR' },
} as const;

/** The daemon of a member, as a table of contents. Runs until `stop` aborts, then leaves the cluster in order. */
async function runAgent(argv: readonly string[], stop: AbortSignal): Promise<void> {
  const { values } = parseOptions(OPTIONS, argv, { env: {}, config: {} });
  const kind = values.head ? 'head' : 'node';
  const stateFolder = values.state ?? (values.head ? PATHS.headState : PATHS.run);
  mkdirSync(PATHS.run, { recursive: true });
  mkdirSync(stateFolder, { recursive: true, mode: 0o700 });

  const clock = systemClock();
  const config = readNodeConfig(values.head ? path.join(stateFolder, 'config.json') : PATHS.nodeConfig);
  const log = agentLog(clock, config.debug);
  const { addresses, noDhcp, role, hostname, join } = config;
  log.debug('configuration', { addresses, noDhcp, role, hostname, secret: join !== undefined });
  const events = new EventRing(clock, log);
  const identity = { kind, config, facts: await machineFacts(clock.wall()) } as const;

  await using services = new AsyncDisposableStack();
  const publish = (event: string, text: string, fields?: Fields) => events.publish(event, text, fields);
  const nicDeps = { clock, log: log.child({ service: 'nics' }), run: runCommand, random: Math.random, publish };
  const nics = services.use(
    values.head ? new ObservedNics(clock) : new Nics({ ...nicDeps, config, scratch: PATHS.run }),
  );
  let watch: PhaseWatch | undefined;
  const onChange = () => watch?.check();
  // A machine that belongs to somebody takes guests when its owner says so.
  const settings = new SettingsFile(path.join(stateFolder, 'settings.json'), values.head ? { block: true } : {});
  const speed = machineSpeed(stateFolder, settings, publish);
  void speed.begin();
  const startJobs = jobStarter({ settings, stateFolder, clock, log, events, speed: () => speed.known() });
  const cluster = services.use(
    await Cluster.start({ identity, nics, clock, log, events, onChange, stateFolder, startJobs }, stop),
  );
  const stopping = () => stop.aborted;
  const firewall = new OwnFirewall(clock, () => lanPorts(cluster.session?.overlay.self.port));
  const moreChecks = () => [...nics.checks(), ...firewall.checks()];
  const statusDeps = { identity, nics, cluster, clock, stopping, moreChecks, speed: () => speed.speed() };
  const api: AgentApi = {
    phase: () => phaseOf(statusDeps),
    status: () => statusOf(statusDeps),
    look: async () => (values.head ? firewall.look() : undefined),
    nodes: () => viewsOf(cluster, speed.speed()),
    askLoads: async (member) => cluster.session?.jobs?.loads.ask(cluster.views(), member),
    events,
    speed,
    jobs: new JobsApi({ jobs: () => cluster.session?.jobs, settings, members: () => cluster.views(), clock }),
    leave: () => cluster.leave(),
    join: (code) => cluster.join(code),
    setMap: (text) => cluster.setMap(text),
    setAddress: (nic, cidr, gateway) => nics.setAddress(nic, cidr, gateway),
    counters: () => serviceCounters(cluster, events),
  };
  const screen = services.use(new Screen(PATHS.screen, clock, () => screenText(api.status(), api.nodes())));
  services.use(await startHttp({ api, socketPath: PATHS.agentSocket, peerUid, log }, stop));
  const refresh = () => screen.refresh();
  watch = services.use(new PhaseWatch(clock, events, () => api.phase(), refresh));
  services.use(startHpc({ ...api, running: () => cluster.session?.jobs, settings, clock }));
  nics.onChange(onChange);
  await aborted(stop);
  watch.check();
}

/** The members with what is known of their load. */
function viewsOf(cluster: Cluster, speed: number): NodeView[] {
  const views = cluster.views();
  const loaded = cluster.session?.jobs?.loads.views(views) ?? views;
  return loaded.map((view) => (view.self ? { ...view, speed } : view));
}

function agentLog(clock: Clock, debug: boolean): Log {
  return makeLog({
    write: (line) => void process.stderr.write(`${line}\n`),
    wall: () => clock.wall(),
    level: debug ? 'debug' : 'info',
    readable: process.stderr.isTTY,
  });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

const stop = new AbortController();
// Another agent is to take over: this one goes as if it was killed, and jobs and guests go on.
process.on('SIGHUP', () => process.exit(0));
for (const name of ['SIGTERM', 'SIGINT'] as const)
  process.on(name, () => {
    stop.abort(new Error(`stopped by ${name}`));
    setTimeout(() => process.exit(1), LEAVE_TIMES.agent).unref();
  });
runAgent(process.argv.slice(2), stop.signal).then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`plumpos agent: ${messageOf(error)}\n`);
    process.exit(1);
  },
);
