import type { Keepsake } from '../../model/keepsake.ts';

/** How far this machine is with its settings. */
export interface OwnState {
  readonly version: number;
  readonly boot: string;
  /** Settings that were set since it was booted. */
  readonly touched: readonly string[];
}

type Settings = Readonly<Record<string, unknown>>;

/** The state of one that was just booted. @param boot names that boot */
export function untouched(boot: string): OwnState {
  return { version: 0, boot, touched: [] };
}

/** Something was set here. @param boot the current one */
export function withSet(state: OwnState, keys: readonly string[], boot: string): OwnState {
  return { version: state.version + 1, boot, touched: [...new Set([...state.touched, ...keys])] };
}

/**
 * What another member kept is newer than what is here, or of another boot: it holds, but for what was set since this boot.
 * @param boot the current one
 * @returns undefined when it is nothing new
 */
export function withKept(
  state: OwnState,
  settings: Settings,
  kept: Pick<Keepsake, 'version' | 'boot'> & { readonly settings: Settings },
  boot: string,
): { readonly state: OwnState; readonly settings: Settings } | undefined {
  const same = kept.version === state.version && kept.boot === state.boot;
  if (same || kept.version < state.version) return undefined;
  const { touched } = state;
  if (touched.length === 0)
    return { state: { ...state, version: kept.version, boot: kept.boot }, settings: kept.settings };
  const own = Object.fromEntries(touched.map((key) => [key, settings[key]]));
  return { state: { version: kept.version + 1, boot, touched }, settings: { ...kept.settings, ...own } };
}
