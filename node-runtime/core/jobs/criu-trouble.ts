/** First release of Linux on which CRIU before 4 does not even start (the vDSO's place: evidence f2 §1). */
const TOO_NEW = [6, 18] as const;
const FIRST_THAT_DOES = 4;

/** Why nothing can be moved to or from a machine with this CRIU (empty: none) and this kernel; undefined when it can. Pure. */
export function criuTrouble(criu: string, kernel: string): string | undefined {
  if (criu === '') return 'has no CRIU';
  const [major = 0, minor = 0] = kernel.split(/[.-]/).map(Number);
  const isNew = major > TOO_NEW[0] || (major === TOO_NEW[0] && minor >= TOO_NEW[1]);
  const isOld = Number.parseInt(criu, 10) < FIRST_THAT_DOES;
  return isNew && isOld ? `has CRIU ${criu}, which does not work on its kernel ${kernel}` : undefined;
}
