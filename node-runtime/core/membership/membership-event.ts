import type { MemberEntry } from '../../model/member.ts';

/** What happened to a member, seen from this one. */
export type MembershipEvent =
  | { readonly type: 'joined' | 'back' | 'suspect' | 'dead' | 'left' | 'incompatible'; readonly entry: MemberEntry }
  /** A member says something else of itself: an address, its name … */
  | { readonly type: 'changed'; readonly entry: MemberEntry }
  /** A machine came back under a new key: the entry of its earlier life is gone. */
  | { readonly type: 'replaced'; readonly entry: MemberEntry }
  /** Two living members claim one MAC or LAN address. */
  | {
      readonly type: 'twice';
      readonly entry: MemberEntry;
      readonly other: MemberEntry;
      readonly what: 'mac' | 'address';
      readonly value: string;
    }
  /** This member gave up its number to an older boot. */
  | { readonly type: 'number'; readonly entry: MemberEntry; readonly before: number }
  /** Others doubted this member; it told them that it lives. */
  | { readonly type: 'refuted'; readonly entry: MemberEntry };
