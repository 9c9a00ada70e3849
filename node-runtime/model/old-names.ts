/** Names of openMosix's tools that `plumpos` is also called by: links on the PATH of a member. A test holds them to the verbs. */
export const OLD_NAMES = [
  'showmap',
  'setpe',
  'mosrun',
  'runon',
  'runhome',
  'nomig',
  'cpujob',
  'iojob',
  'nodecay',
  'slowdecay',
  'fastdecay',
  'migrate',
  'mosctl',
  'mps',
  'mtop',
  'tune',
] as const;
