import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type Clock, sleep } from '../../base/clock.ts';
import { messageOf, PlumpError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { Contacts } from '../../core/jobs/contacts.ts';
import { GuestGate } from '../../core/jobs/guest-gate.ts';
import type { HomeDeps } from '../../core/jobs/home-context.ts';
import { Home } from '../../core/jobs/home.ts';
import type { GuestRef, MemberLoad } from '../../model/guest.ts';
import type { HomeKernel, HostOps, ImageReceiver } from '../../model/guest-ops.ts';
import type { SweepReport } from '../../model/job.ts';
import type { NodeView } from '../../model/member.ts';
import { LEAVE_TIMES } from '../../model/leave-times.ts';
import { PATHS } from '../../model/paths.ts';
import { PORTS } from '../../model/ports.ts';
import { bootId } from '../../system/boot-id.ts';
import { machineLoad, unusedMB } from '../../system/load.ts';
import type { EventRing } from '../events.ts';
import { openJobNetwork } from '../../system/job-network.ts';
import { nodeLoad } from '../../core/balance/node-load.ts';
import type { MemberBalance } from '../balance/member-balance.ts';
import { MemberLoads } from '../balance/member-loads.ts';
import { withPromises } from '../balance/promised-room.ts';
import { startBalance } from '../balance/start-balance.ts';
import { startHomeKernel } from '../exports/home-kernel.ts';
import type { Guests } from '../guests/guests.ts';
import { type GuestsOptions, startGuests } from '../guests/start-guests.ts';
import { MemberClient } from '../members/member-client.ts';
import { type MemberServerDeps, startMemberServer } from '../members/member-server.ts';
import { OVERLAY_NAMESPACE, type Overlay } from '../overlay.ts';
import { Deputies } from './deputies.ts';
import type { SettingsFile } from './job-settings.ts';
import { Keepsakes } from './keepsakes.ts';
import { JobFiles } from './journal.ts';
import { Places } from './places.ts';
import { RelayFiles } from './relay-files.ts';
import { memberFile } from './member-file.ts';
import { runProgram } from './run-program.ts';
import { startRunServer } from './run-server.ts';
import { withFaults } from '../faults.ts';
import { expelGuests } from './sweep.ts';

/** What a member needs to be home and host. */
export interface JobsDeps {
  readonly overlay: Overlay;
  members(): readonly NodeView[];
  readonly settings: SettingsFile;
  /** Folder of what is kept: on a disk where there is one. */
  readonly stateFolder: string;
  /** Speed of one CPU, once it is known; 10 000 = the reference. */
  speed(): number | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly events: EventRing;
}

/** A member's part in running jobs: its own, and those it hosts. */
export interface Jobs extends AsyncDisposable {
  readonly home: Home;
  /** What is hosted here, whoever's. */
  readonly guests: Pick<HostOps, 'list'> & Pick<Guests, 'all'>;
  /** How busy the members are. */
  readonly loads: MemberLoads;
  /** Sends the guests of others away. */
  expel(): Promise<SweepReport>;
}

const GUESTS_CGROUP = '/sys/fs/cgroup/plumpos-jobs';

/** Asks a member, by its overlay address, how busy it is. */
type LoadAt = (member: string) => Promise<MemberLoad>;

/** {@link startJobs} for whoever has an overlay. */
export function jobStarter(deps: Omit<JobsDeps, 'overlay' | 'members'>) {
  return (overlay: Overlay, members: () => readonly NodeView[]): Promise<Jobs> =>
    startJobs({ ...deps, overlay, members });
}

/** Takes up what an agent before left, then serves: run.sock, the members' API, guests. */
async function startJobs(deps: JobsDeps): Promise<Jobs> {
  const { overlay, clock, log, stateFolder } = deps;
  const self = overlay.self.overlay;
  await using services = new AsyncDisposableStack();
  const nameOf = (member: string) => deps.members().find((one) => one.overlay === member)?.name ?? member;
  const connectTcp = (address: string, port: number) => overlay.connectTcp(address, port);
  const client = services.use(new MemberClient({ connectTcp, nameOf }));
  const network = services.use(await openJobNetwork(OVERLAY_NAMESPACE, self));
  const common = { network, run: PATHS.run, clock };
  const kernel = services.use(
    startHomeKernel({ ...common, state: stateFolder, log: log.child({ service: 'exports' }) }),
  );
  const homeOf = (member: string) => (member === self ? home.opsFor(self) : client.home(member));
  const ended = (ref: GuestRef) => balance.ended(ref);
  const guests = services.use(startGuests({ ...common, ...hostingOf(deps), send: client.sendImages, homeOf, ended }));
  let leaving = false;
  const host = withPromises(withFaults('host', guests), () => balance);
  const gate = new GuestGate(host, (home) => {
    if (leaving) return 'leaves the cluster';
    return home !== self && deps.settings.get().block === true ? 'takes no guests (plumpos ctl noblock)' : undefined;
  });
  const balance: MemberBalance = services.use(
    startBalance({ ...deps, guests: () => guests.all(), hosts: () => hostsOf(home), homeOf }),
  );
  const loadAt = async (member: string) =>
    member === self ? ownLoad(deps.settings, balance, self) : await client.load(member);
  const home: Home = services.use(makeHome(deps, client, gate, { kernel, balance, loadAt }));
  home.begin();
  const failed = (error: unknown) => log.error('a job could not be ended', { error: messageOf(error) });
  services.use(new Deputies(clock, home, failed));
  services.use(listenForRelay(self));
  const keepsakes = services.use(
    new Keepsakes({ ...deps, boot: bootId(), tell: (member, own) => client.keep(member, own) }),
  );
  const keep: MemberServerDeps['keep'] = (sender, given) => keepsakes.exchange(sender, given);
  services.use(serveMembers(deps, home, gate, { guests: host, load: () => loadAt(self), keep }));
  services.use(await serveDeputies(deps, home, kernel));
  const owned = services.move();
  return {
    home,
    guests,
    loads: loadsOf(balance, loadAt, clock),
    expel() {
      balance.keepClear();
      return expelGuests(self, guests, client);
    },
    async [Symbol.asyncDispose]() {
      leaving = true;
      balance.close();
      await Promise.race([expelGuests(self, guests, client).catch(failed), sleep(clock, LEAVE_TIMES.guests)]);
      const ending = home.endAll('its home left the cluster').catch(failed);
      await Promise.race([ending, sleep(clock, LEAVE_TIMES.ownJobs)]);
      await owned.disposeAsync();
    },
  };
}

/** What this member's hosting takes from the agent. */
function hostingOf(deps: JobsDeps): Pick<GuestsOptions, 'cgroups' | 'silentMs' | 'cpuFlags' | 'log'> {
  return {
    cgroups: GUESTS_CGROUP,
    silentMs: silenceOf(deps),
    cpuFlags: deps.members().find((member) => member.self)?.cpuFlags ?? [],
    log: deps.log.child({ service: 'guests' }),
  };
}

function makeHome(
  deps: JobsDeps,
  client: MemberClient,
  gate: GuestGate,
  { loadAt, ...parts }: Pick<HomeDeps, 'kernel' | 'balance'> & { readonly loadAt: LoadAt },
): Home {
  const { overlay, clock, events, settings, members } = deps;
  const self = overlay.self.overlay;
  const journal = new JobFiles(path.join(deps.stateFolder, 'jobs'), self);
  const places = new Places({
    members,
    load: ({ overlay: member }) => loadAt(member),
    jobs: () => home.jobs(),
    now: () => clock.now(),
  });
  const home: Home = new Home(
    {
      self,
      clock,
      random: Math.random,
      ...parts,
      journal,
      memory: memoryOf(deps),
      relay: new RelayFiles(path.join(PATHS.run, 'relay'), self),
      host: (member) => withFaults('home', member === self ? gate.for(self) : client.host(member)),
      members,
      places: () => places.get(),
      settings: () => settings.forHome(),
      number: () => members().find((member) => member.self)?.number ?? 1,
      newToken: () => randomBytes(16).toString('hex'),
      event: (type, text, fields) => events.publish(type, text, fields),
    },
    journal.load(),
  );
  return home;
}

function hostsOf(home: Home): Set<string> {
  return new Set(home.away().map(({ host }) => host));
}

function memoryOf({ log }: JobsDeps) {
  return memberFile(path.join(PATHS.run, 'members.json'), log);
}

/** How long homes have been silent; one that left or was booted again never comes back. */
function silenceOf(deps: JobsDeps): (member: string) => number {
  const { clock, members } = deps;
  const contacts = new Contacts(clock, { ...memoryOf(deps), keep: () => {} });
  return (member) => {
    const listed = members();
    contacts.see(listed);
    if (contacts.fate(member) !== 'there') return Number.POSITIVE_INFINITY;
    const view = listed.find(({ overlay }) => overlay === member);
    if (view?.state === 'alive') contacts.heard(member);
    return view?.state === 'alive' ? view.silentMs : contacts.silentMs(member);
  };
}

function ownLoad(settings: SettingsFile, balance: MemberBalance, self: string): MemberLoad {
  const closed = settings.get().block === true ? { closed: 'takes no guests' } : {};
  const own = balance.loadOf(self);
  const figures = own && { figures: { ...own.figures, unusedMB: unusedMB() } };
  return { ...machineLoad(), ...closed, ...figures };
}

/** What anybody sees of the load of members. */
function loadsOf(balance: MemberBalance, loadAt: LoadAt, clock: Clock): MemberLoads {
  const known = (member: string) => {
    const load = balance.loadOf(member);
    return load && nodeLoad(load.figures, load.ageMs);
  };
  return new MemberLoads({ known, ask: async (member) => (await loadAt(member)).figures, clock });
}

/** The relay learns where to listen. */
function listenForRelay(self: string): Disposable {
  const file = path.join(PATHS.run, 'relay', 'listen');
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `${self} ${PORTS.relay}\n`, { mode: 0o600 });
  return { [Symbol.dispose]: () => rmSync(file, { force: true }) };
}

function serveMembers(
  deps: JobsDeps,
  home: Home,
  gate: GuestGate,
  { guests, load, keep }: Pick<MemberServerDeps, 'load' | 'keep'> & { readonly guests: ImageReceiver },
): AsyncDisposable {
  const wanted = async (ref: GuestRef, receive: () => Promise<void>) => {
    if (gate.gone(ref)) throw new PlumpError('PLUMP_REFUSED', 'that copy is gone');
    await receive();
  };
  return startMemberServer({
    listenTcp: (server, port) => deps.overlay.listenTcp(server, port),
    host: (sender) => gate.for(sender),
    home: (sender) => home.opsFor(sender),
    load,
    keep,
    images: {
      receiveMemory: (ref, ...rest) => wanted(ref, () => guests.receiveMemory(ref, ...rest)),
      receive: (ref, ...rest) => wanted(ref, () => guests.receive(ref, ...rest)),
    },
    log: deps.log,
  });
}

function serveDeputies(deps: JobsDeps, home: Home, kernel: HomeKernel): Promise<AsyncDisposable> {
  return startRunServer({
    socketPath: path.join(PATHS.run, 'run.sock'),
    run: (caller, request, withdrawn, say) =>
      runProgram(
        { home, kernel, settings: deps.settings.forHome(), members: deps.members(), hostName: os.hostname() },
        caller,
        request,
        withdrawn,
        say,
      ),
    ended: (id, token, status) => home.ended(id, token, status),
  });
}
