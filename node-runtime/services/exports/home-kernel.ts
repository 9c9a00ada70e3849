import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { HomeKernel } from '../../model/guest-ops.ts';
import { EXPORTER } from '../../system/native-program.ts';
import { ExitForwards } from '../../system/exit-forwards.ts';
import type { JobNetwork } from '../../system/job-network.ts';
import { KeptChild, type KeptChildSpec } from '../../system/kept-child.ts';
import { Nfsd } from '../../system/nfsd/nfsd.ts';
import { runCommand } from '../../system/run-command.ts';
import { ExportTree } from './export-tree.ts';
import { HomeFiles } from './home-files.ts';
import { exitCommand, HomeNetwork } from './home-network.ts';

/** What home's kernel side is started with. */
export interface HomeKernelOptions {
  readonly network: JobNetwork;
  /** Folder for what lasts until the next boot. */
  readonly run: string;
  /** Folder for what the NFS server must know after it was started again; on a disk where there is one. */
  readonly state: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** The kernel's part in being a home. Starts nothing before it is asked to; disposing it takes everything away. */
export function startHomeKernel(options: HomeKernelOptions): HomeKernel & AsyncDisposable {
  const { run, clock, log } = options;
  const { self, namespace, gate, links } = options.network;
  const helpers = new Helpers(options);
  const pipes = path.join(run, 'rpc_pipefs');
  const nfsd = new Nfsd(namespace, { control: path.join(run, 'nfsd'), pipes }, runCommand);
  const tree = new ExportTree(path.join(run, 'export'));
  const startHelpers = () => {
    helpers.startInside('nfsdcld', ['nfsdcld', ['-F', '-p', pipes, '-s', path.join(options.state, 'cld')]]);
    helpers.startInside('answerer', [EXPORTER, ['answer']]);
  };
  const stateFile = path.join(run, 'exports.json');
  const files = new HomeFiles({ namespace, nfsd, tree, gate, self, stateFile, helpers: startHelpers });
  const control = path.join(run, 'exit.api');
  const network = new HomeNetwork({
    links,
    gate,
    forwards: new ExitForwards(control, clock),
    log,
    // Outside: its connections are this machine's, like those of every program at home.
    startExit: (restarted) => helpers.start('exit', exitCommand(namespace.path, control), { restarted }),
  });
  return {
    grant: (member, user) => files.grant(member, user),
    hold: (member, user) => files.hold(member, user),
    fence: (member, user) => files.fence(member, user),
    revoke: (member, user) => files.revoke(member, user),
    route: (id, address, to) => network.route(id, address, to),
    publish: (id, address, ports) => network.publish(id, address, ports),
    release: (id, address) => network.release(id, address),
    homeMounts: async () => tree.homeMounts(),
    async [Symbol.asyncDispose]() {
      nfsd.stop();
      await helpers[Symbol.asyncDispose]();
      tree.remove();
    },
  };
}

/** Processes beside the kernel, each started once. */
class Helpers implements AsyncDisposable {
  readonly #options: HomeKernelOptions;
  readonly #running = new Map<string, KeptChild>();

  constructor(options: HomeKernelOptions) {
    this.#options = options;
    mkdirSync(path.join(options.state, 'cld'), { recursive: true, mode: 0o700 });
  }

  /** Inside the overlay's network namespace. */
  startInside(name: string, command: readonly [string, readonly string[]]): void {
    this.start(name, command, { around: (action) => this.#options.network.namespace.run(action) });
  }

  start(name: string, [file, args]: readonly [string, readonly string[]], more: Partial<KeptChildSpec>): void {
    if (this.#running.has(name)) return;
    const { run, clock, log } = this.#options;
    const spec = { file, args, pidFile: path.join(run, `${name}.pid`), ...more };
    this.#running.set(name, new KeptChild(spec, clock, log));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#running.values()) await child[Symbol.asyncDispose]();
  }
}
