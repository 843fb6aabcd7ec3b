import { statSync, utimesSync, writeFileSync } from 'node:fs';

/** A process says that it is at work by the time of a file: for whoever supervises it and can ask it nothing. */
const BEAT_MS = 1000;
/** Seconds after which a process whose pulse has stopped counts as giving no answer. */
const PULSE_SECONDS = 3;

/** Keeps the time of this file new while `isWell`, until the signal aborts. Its directory must be there. */
export function keepPulse(path: string, signal: AbortSignal, isWell: () => boolean = () => true): void {
  const look = () => {
    if (isWell()) beat(path);
  };
  look();
  const timer = setInterval(look, BEAT_MS);
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
}

/** Throws when the process that keeps this pulse is not at work. */
export function checkPulse(path: string): void {
  const age = Date.now() - statSync(path).mtimeMs;
  if (age > PULSE_SECONDS * 1000) throw new Error(`gave no sign of life for ${Math.round(age / 1000)} s`);
}

/** Must not throw: a disk that is full or read-only costs nobody his work. */
function beat(path: string): void {
  const now = new Date();
  try {
    utimesSync(path, now, now);
  } catch {
    try {
      writeFileSync(path, '');
    } catch {
      // Whoever asks sees that there is no pulse.
    }
  }
}
