import { setTimeout as pause } from 'node:timers/promises';
import { cpuSecondsOf, memoryOf } from '../measure.ts';
import { SITES, type Star } from '../star.ts';

/** What a network costs that has nothing to do. */
export interface Idle {
  /** Of the busiest link, both directions together. */
  bytesPerSecond: number;
  /** Per cent of one core, of the busiest site. */
  cpuPercent: number;
  /** Bytes, all sites together. */
  memory: number;
}

/** Watches a settled star for `seconds`. */
export async function idle(star: Star, seconds: number): Promise<Idle> {
  await star.settled();
  // What the last work left behind (housekeeping, checkpoints) is not idleness.
  await pause(15_000);
  const pids = await Promise.all(SITES.map((site) => star.pids(site)));
  const cpu = () => pids.map(cpuSecondsOf);
  const [bytesBefore, cpuBefore, start] = [star.wireBytes(), cpu(), performance.now()];
  await pause(seconds * 1000);
  const elapsed = (performance.now() - start) / 1000;
  const bytes = star.wireBytes();
  return {
    bytesPerSecond: Math.max(...Object.keys(bytes).map((link) => (bytes[link]! - bytesBefore[link]!) / elapsed)),
    cpuPercent: Math.max(...cpu().map((now, i) => ((now - cpuBefore[i]!) / elapsed) * 100)),
    memory: memoryOf(pids.flat()),
  };
}
