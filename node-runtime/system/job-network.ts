import { JobLinks } from './job-links.ts';
import { loadJobModules } from './job-modules.ts';
import { type NetworkNamespace, openNamespace } from './netns.ts';
import { nftLibrary } from './nft.ts';
import { OverlayGate } from './overlay-gate.ts';
import { runCommand } from './run-command.ts';

/**
 * What the jobs of one member do to the overlay's namespace. One for home's part and the host's part together: each of its
 * parts remembers what it has set.
 */
export interface JobNetwork {
  /** Overlay address of this member. */
  readonly self: string;
  readonly namespace: NetworkNamespace;
  readonly links: JobLinks;
  readonly gate: OverlayGate;
}

/** @param file name of the overlay's namespace */
export async function openJobNetwork(file: string, self: string): Promise<JobNetwork & Disposable> {
  await loadJobModules(runCommand);
  const namespace = openNamespace(file);
  return {
    self,
    namespace,
    links: new JobLinks(namespace, self, runCommand),
    gate: new OverlayGate(nftLibrary(namespace)),
    [Symbol.dispose]: () => namespace[Symbol.dispose](),
  };
}
