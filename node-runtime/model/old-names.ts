/** Names of openMosix's tools that `plumpos` is also called by: links on the PATH of a member. */
export const OLD_NAMES = ['showmap'] as const;
