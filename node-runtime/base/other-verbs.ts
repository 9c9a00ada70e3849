/** Verbs of the program that runs on a workstation; the configuration file is for both programs of a checkout. */
export const WORKSTATION_VERBS = [
  'build',
  'boot',
  'lab',
  ...['up', 'add', 'list', 'exec', 'copy', 'console', 'cut', 'mend', 'kill', 'off', 'start', 'down'].map(
    (verb) => `lab ${verb}`,
  ),
  'check',
  'test',
  'bench',
  'soak',
];

/** Verbs of the program that runs on members. */
export const MEMBER_VERBS =
  'run sh all ps top migrate kill stop cont renice wait forget lock unlock mask ctl tune nodes mon showmap map status events join leave key console prove sim completion man'.split(
    ' ',
  );
