import type { BootRequest } from '#builder/lab/boot-request.ts';
import type { VmTools } from '#builder/lab/types.ts';
import { joinTime } from './machines.ts';

/** The least RAM is found to this grain. */
const GRAIN_MB = 8;
/** A machine that has not joined by then (several times what a boot with plenty takes) is too small to be of use. */
const CPU_LIMIT_SECONDS = 100;

/** Least RAM in MB with which a node still joins, by bisection between one that is too little and one that is enough. */
export async function leastRam(
  tools: VmTools,
  medium: BootRequest['medium'],
  [tooLittle, enough]: readonly [number, number],
): Promise<number> {
  let [low, high] = [tooLittle, enough];
  while (high - low > GRAIN_MB) {
    const memoryMB = Math.round((low + high) / 2 / GRAIN_MB) * GRAIN_MB;
    const joins = await joinTime(tools, { medium, memoryMB }, CPU_LIMIT_SECONDS).then(
      () => true,
      () => false,
    );
    console.error(`  ${medium} with ${memoryMB} MB: ${joins ? 'joins' : 'does not join'}`);
    if (joins) high = memoryMB;
    else low = memoryMB;
  }
  return high;
}
