/** What an office lacked at one moment, and what is reported to arrive there. */
export interface Sample {
  /** Monotonic milliseconds. */
  at: number;
  files: number;
  bytes: number;
  /** Bytes per second of what is in transfer; small files are not reported singly. */
  rate: number;
}

/** How fast an office catches up: the latest sample, and the averages per second, unknown until something has arrived. */
export interface Progress extends Sample {
  bytesRate: number | undefined;
  filesRate: number | undefined;
}

/** Links deliver in bursts and counts are made now and then: what arrived within this time decides. */
const AVERAGED_MS = 30_000;
/** What would take longer than this is not forecast. */
const LONGEST_SECONDS = 30 * 86_400;

/**
 * The progress after another sample. Small files arrive in batches of which no transfer is reported: a count that decreased
 * tells how much arrived. Pure.
 */
export function advance(before: Progress | undefined, now: Sample): Progress {
  if (!before || now.files === 0) {
    const rate = now.rate > 0 ? now.rate : undefined;
    return { ...now, bytesRate: rate, filesRate: undefined };
  }
  const ms = now.at - before.at;
  if (ms <= 0) return before;
  const arrived = (was: number, is: number) => (Math.max(0, was - is) * 1000) / ms;
  const weight = 1 - Math.exp(-ms / AVERAGED_MS);
  return {
    ...now,
    bytesRate: average(before.bytesRate, Math.max(now.rate, arrived(before.bytes, now.bytes)), weight),
    filesRate: average(before.filesRate, arrived(before.files, now.files), weight),
  };
}

function average(before: number | undefined, sample: number, weight: number): number | undefined {
  if (before === undefined) return sample > 0 ? sample : undefined;
  return before + weight * (sample - before);
}

/** Seconds until the office has everything; null when nothing arrives, or when it would take so long that nobody can tell. Pure. */
export function expectedSeconds({ files, bytes, bytesRate, filesRate }: Progress): number | null {
  if (files === 0) return 0;
  // Either limits: many small files, or few large ones.
  const byBytes = bytesRate === undefined ? undefined : bytes / bytesRate;
  const byFiles = filesRate === undefined ? undefined : files / filesRate;
  const known = [byBytes, byFiles].filter((seconds) => seconds !== undefined);
  if (known.length === 0) return null;
  // While a large file is on its way no file arrives: then its bytes tell.
  const seconds = bytes > 0 && byBytes !== undefined ? byBytes : Math.max(...known);
  return seconds <= LONGEST_SECONDS ? Math.ceil(seconds) : null;
}

/** Seconds until a transfer is complete, at its rate; null when it does not move, or hardly. Pure. */
export function restSeconds(rest: number, rate: number): number | null {
  const seconds = rate > 0 ? rest / rate : Number.POSITIVE_INFINITY;
  return seconds <= LONGEST_SECONDS ? Math.ceil(seconds) : null;
}
