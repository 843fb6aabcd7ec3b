import type { Clock } from '../../base/clock.ts';
import type { Peer } from '../link/links.ts';

/** A line is measured again after this long (ms), before something is to come over it. */
const AGAIN_MS = 600_000;
/** Or after this long, once its link was down: it may lead another way now. */
const RECONNECTED_MS = 60_000;
/** After a failure. */
const RETRY_MS = 10_000;
/** A measurement that takes longer (ms) has failed: the line may hang, and transfers go on without. */
const PATIENCE_MS = 20_000;
/** A measurement that differs by less (a factor) is no reason to begin a transfer anew. */
const SAME = 1.5;

/** Resolves to the bytes per second that arrive from a neighbour, undefined when its line is fast. */
export type MeasureLine = (peer: Peer) => Promise<number | undefined>;

/** How fast the lines from the neighbours are. */
export interface Lines {
  /** Bytes per second from a neighbour: the configured rate, otherwise the measured one; undefined when it is fast. */
  rateOf(peer: Peer): number | undefined;
  /** Of the lines whose rate was measured, that of the slowest; undefined when they are fast. */
  slowest(): number | undefined;
  /** Whether that is known; otherwise it is being measured, and transfers wait for it. */
  isKnown(peer: Peer): boolean;
  /**
   * Measures the lines of which nothing is known, and those of which too little is known for what is wanted now.
   * `isBusy`: files are coming over it, which would distort the result.
   */
  measure(connected: Peer[], isBusy: (peer: Peer) => boolean, isWanted: boolean): void;
}

/**
 * @param measured called when a line has become known
 * @param measure absent: only configured rates apply, none is measured
 */
export function createLines(
  clock: Pick<Clock, 'monotonic' | 'after'>,
  measured: () => void,
  measure: MeasureLine | undefined,
): Lines {
  const known = new Map<string, { rate: number | undefined; foundAt: number; dueAt: number }>();
  const active = new Set<string>();

  async function find(peer: Peer, rateNow: MeasureLine): Promise<void> {
    const before = known.get(peer.name);
    const found = (rate: number | undefined, ms: number) => {
      const foundAt = clock.monotonic();
      known.set(peer.name, { rate, foundAt, dueAt: foundAt + ms });
    };
    try {
      found(await inTime(clock, rateNow(peer)), AGAIN_MS);
    } catch {
      found(before?.rate, RETRY_MS);
    } finally {
      active.delete(peer.name);
      measured();
    }
  }

  const isWritten = ({ downBytesPerSecond }: Peer) => downBytesPerSecond !== undefined;
  return {
    rateOf: (peer) => peer.downBytesPerSecond ?? known.get(peer.name)?.rate,
    slowest() {
      const rates = [...known.values()].flatMap(({ rate }) => rate ?? []);
      return rates.length === 0 ? undefined : Math.min(...rates);
    },
    isKnown: (peer) => !measure || isWritten(peer) || (known.has(peer.name) && !active.has(peer.name)),
    measure(connected, isBusy, isWanted) {
      if (!measure) return;
      for (const [name, line] of known)
        if (!connected.some((peer) => peer.name === name))
          line.dueAt = Math.min(line.dueAt, line.foundAt + RECONNECTED_MS);
      for (const peer of connected) {
        const { name } = peer;
        const line = known.get(name);
        if (isWritten(peer) || active.has(name) || isBusy(peer)) continue;
        if (line && (!isWanted || clock.monotonic() < line.dueAt)) continue;
        active.add(name);
        void find(peer, measure);
      }
    },
  };
}

/** Whether a transfer that began at one rate may go on now that the line has another. Pure. */
export function isSameRate(began: number | undefined, now: number | undefined): boolean {
  if (began === undefined || now === undefined) return began === now;
  return Math.max(began, now) <= SAME * Math.min(began, now);
}

function inTime<T>(clock: Pick<Clock, 'after'>, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(PATIENCE_MS, () => reject(new Error(`no answer within ${PATIENCE_MS / 1000} s`)));
    work.then(resolve, reject).finally(cancel);
  });
}
