import { type Random, randomOf } from '../../hack/soak/random.ts';
import { deed, type Ingredient } from '../../hack/soak/script.ts';
import { EDGE_NAMES, SITES } from '../../hack/soak/star.ts';
import type { Fault, Step } from './step.ts';

/** Between two things that people do, all sites together, in ms: on average. */
const GAP_MS = 60;
/** Between two faults. */
const FAULT_GAP_MS = 2500;
const NONE: ReadonlySet<Ingredient> = new Set();

/** What people and faults do, in order of time. Pure: decided by the seed alone. */
export function scriptOf(seed: string, operations: number, withFaults = true): Step[] {
  const random = randomOf(seed);
  const steps: Step[] = [];
  let at = 0;
  for (let i = 0; i < operations; ) {
    const site = random.pick(SITES);
    const burst = random.float(0, 1) < 0.05 ? random.int(3, 20) : 1;
    for (let n = 0; n < burst && i < operations; n++, i++)
      steps.push({ id: `${i}`, at: Math.round(at + n * 2), site, ...deed(random, NONE) });
    at += random.float(0, 2 * GAP_MS);
  }
  const end = at;
  let faults = 0;
  for (let when = random.float(500, FAULT_GAP_MS); withFaults && when < end; when += random.float(0, 2 * FAULT_GAP_MS))
    steps.push({ id: `f${faults++}`, at: Math.round(when), site: random.pick(SITES), ...fault(random) });
  return steps.sort((a, b) => a.at - b.at);
}

const WEIGHTS: Record<Fault['fault'], number> = {
  kill: 8,
  powerCut: 4,
  cut: 4,
  slow: 2,
  overflow: 2,
  diskFull: 1,
  databaseAway: 2,
  clock: 1,
};

function fault(random: Random): Fault {
  const kind = random.weighted(WEIGHTS);
  const edge = random.pick(EDGE_NAMES);
  const ms = random.int(100, random.float(0, 1) < 0.1 ? 60_000 : 8000);
  switch (kind) {
    case 'kill':
    case 'powerCut':
      return { fault: kind, calls: random.int(1, random.pick([20, 200, 2000])), ms };
    case 'cut':
    case 'slow':
      return { fault: kind, edge, ms };
    case 'overflow':
      return { fault: kind };
    case 'clock':
      return { fault: kind, byMs: random.pick([-86_400_000, 86_400_000, -5000, 5000]) };
    default:
      return { fault: kind, ms };
  }
}
