/** One line of the boot menu. */
export interface MenuEntry {
  /** Name of the kernel: folder on the medium, and what people type. */
  readonly name: string;
  /** What the menu shows. */
  readonly title: string;
  /** Release, for the titles of menus that show one line only. */
  readonly release: string;
}

/** The one menu from which every loader's configuration is rendered. */
export interface BootMenu {
  readonly version: string;
  readonly image: string;
  readonly entries: readonly MenuEntry[];
  /** Name of the entry that boots by itself. */
  readonly first: string;
  /** Kernel arguments of all entries. */
  readonly args: string;
  readonly timeoutSeconds: number;
  /** More than one kernel: only then is a menu worth the user's time. */
  readonly choice: boolean;
  /** Are there add-ons beside the root? */
  readonly addons: boolean;
}

/**
 * Our own kernel arguments (DESIGN §3; evidence f1: Node.js waits for entropy, USB sticks for nothing). The kernel's table of its
 * trace points is left out: thousands of files nobody reads on a node, some 10 MB of RAM that cannot be had back. The last console
 * named is /dev/console: the screen; the serial line hears the kernel too.
 */
export const KERNEL_ARGS =
  'random.trust_cpu=on usb-storage.delay_use=0 initcall_blacklist=tracer_init_tracefs panic=10 quiet console=ttyS0,115200 console=tty0';

/** The menu of an image: kernels in their order, the first one being the default. */
export function makeBootMenu(image: {
  readonly version: string;
  readonly id: string;
  readonly kernels: readonly { readonly name: string; readonly release: string }[];
  readonly addons: boolean;
}): BootMenu {
  const entries = image.kernels.map(({ name, release }) => ({
    name,
    release,
    title: `PlumpOS node, Linux ${release} (${name})`,
  }));
  return {
    version: image.version,
    image: image.id,
    entries,
    first: entries[0]?.name ?? '',
    args: KERNEL_ARGS,
    timeoutSeconds: entries.length > 1 ? 5 : 2,
    choice: entries.length > 1,
    addons: image.addons,
  };
}
