import path from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/** How the user called us, as it can be typed again: the launcher of a checkout says so in PLUMPOS_CALLED. */
function calledAs(env: Environment): string {
  const called = env['PLUMPOS_CALLED'];
  if (!called || (env['PATH'] ?? '').split(':').includes(path.dirname(called))) return 'plumpos';
  return /^[\w./+-]+$/.test(called) ? called : `'${called.replaceAll("'", String.raw`'\''`)}'`;
}

/** A text for the user in which our command lines can be pasted; those that are typed on another machine (behind `-- `) stay. */
export function pasteable(text: string, env: Environment): string {
  if (!env['PLUMPOS_CALLED']) return text;
  return text.replaceAll(/(?<![\w./-]|-- )(?:\.\/)?plumpos (?=[a-z])/g, () => `${calledAs(env)} `);
}
