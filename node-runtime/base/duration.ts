/** A time span for people: `42 s`, `7 min`, `3 h`, `2 d`. */
export function durationText(seconds: number): string {
  const steps = [
    [86_400, 'd'],
    [3600, 'h'],
    [60, 'min'],
  ] as const;
  for (const [size, unit] of steps) if (seconds >= 2 * size) return `${Math.floor(seconds / size)} ${unit}`;
  return `${Math.round(seconds)} s`;
}
