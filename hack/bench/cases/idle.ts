import { setTimeout as pause } from 'node:timers/promises';
import { cpuSecondsOf, memoryOf } from '../measure.ts';
import { SITES, type Star } from '../star.ts';

/** The cost of an idle network. */
export interface Idle {
  /** Of the busiest link, both directions together. */
  bytesPerSecond: number;
  /** Percent of one core, of the busiest site. */
  cpuPercent: number;
  /** Bytes, all sites together. */
  memory: number;
}

/** Watches a settled star for `seconds`. */
export async function idle(star: Star, seconds: number): Promise<Idle> {
  await star.settled();
  // What earlier work left behind (housekeeping, checkpoints) does not count as idle.
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
