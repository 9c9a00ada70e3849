/** What the medium says about the image (`plumpos/config.json`), as data. */
export interface ImageConfig {
  /** Format of this file. */
  readonly format: 1;
  /** Identity of the build: the first 16 hex digits of the hash over all inputs. */
  readonly image: string;
  /** Version of PlumpOS. */
  readonly version: string;
  /** Cluster secret as a join code (model/join-code.ts), absent from an image built with `--no-key`. */
  readonly join?: string;
  /** Of an image with a root shell on its consoles: `open`, or the hash of the password it asks for. For the boot scripts only. */
  readonly rootShell?: string;
}

/** What `plumpos.role=` may say. */
export const ROLES = ['single', 'server', 'half-duplex', 'adaptive', 'off'] as const;

/** What a node's boot scripts hand to the agent: the image's configuration and what the kernel's command line adds. */
export interface NodeConfig extends ImageConfig {
  /** `plumpos.hostname=` */
  readonly hostname?: string;
  /** `plumpos.ip=IF:ADDR/PREFIX[:GW]`, each as given. */
  readonly addresses: readonly string[];
  /** `plumpos.nodhcp` */
  readonly noDhcp: boolean;
  /** `plumpos.role=`: shown, without effect yet. */
  readonly role: (typeof ROLES)[number];
  /** What `plumpos.role=` said where that is no role. */
  readonly unknownRole?: string;
  readonly debug: boolean;
}
