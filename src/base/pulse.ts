import { statSync, utimesSync, writeFileSync } from 'node:fs';

/** A process shows that it works by touching a file, for supervisors that have no other way to probe it. */
const BEAT_MS = 1000;
/** Seconds without a touch after which the process counts as not responding. */
const PULSE_SECONDS = 3;

/** Touches this file while `isWell`, until the signal is aborted. Its directory must exist. */
export function keepPulse(path: string, signal: AbortSignal, isWell: () => boolean = () => true): void {
  const look = () => {
    if (isWell()) beat(path);
  };
  look();
  const timer = setInterval(look, BEAT_MS);
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
}

/** Throws when the process that touches this file has stopped doing so. */
export function checkPulse(path: string): void {
  const age = Date.now() - statSync(path).mtimeMs;
  if (age > PULSE_SECONDS * 1000) throw new Error(`gave no sign of life for ${Math.round(age / 1000)} s`);
}

/** Must not throw: a full or read-only disk must not stop the process. */
function beat(path: string): void {
  const now = new Date();
  try {
    utimesSync(path, now, now);
  } catch {
    try {
      writeFileSync(path, '');
    } catch {
      // The supervisor sees that the pulse has stopped.
    }
  }
}
