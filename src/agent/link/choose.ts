import { backoffMs } from '../../base/backoff.ts';

/**
 * Which of its alternative hubs a site connects to. Decisions only; the caller supplies times and randomness.
 * - The links are in order of preference; the first is home. At most one is up or being tried.
 * - A link that fails is retried after a jittered, growing pause, and given up once it has failed for `patienceMs`: then
 * the next one is tried. When all are given up, the one whose pause ends first is next, so that none is forgotten.
 * - While a lesser link is up, the better ones are probed. One that answers `probesWanted` times in a row is returned to.
 * - A return has one attempt. Each one that does not last doubles the successful probes required for the next, so that a
 * hub that answers but does not work costs less and less.
 *
 * All times are monotonic milliseconds.
 */
export interface HubState {
  /** Failures in a row. */
  failures: number;
  /** When the first attempt of this series of failures began. */
  failingSince: number | undefined;
  givenUp: boolean;
  retryAt: number;
  goodProbes: number;
  probeAt: number;
  /** Returns in a row that did not last. */
  returns: number;
}

export interface Timing {
  firstRetryMs: number;
  maxRetryMs: number;
  /** How long a link may fail before the next one is tried. */
  patienceMs: number;
  /** A connection that lasted this long was a success. */
  stableMs: number;
  probeEveryMs: number;
  probesWanted: number;
  /** From the start of ssh to all forwards granted. */
  readyWithinMs: number;
}

export const TIMING: Timing = {
  firstRetryMs: 500,
  maxRetryMs: 30_000,
  patienceMs: 5_000,
  stableMs: 10_000,
  probeEveryMs: 10_000,
  probesWanted: 3,
  readyWithinMs: 45_000,
};

/** At most 2^6 times `probesWanted`: half an hour with the default timing. */
const MAX_DOUBLINGS = 6;

export function fresh(): HubState {
  return {
    failures: 0,
    failingSince: undefined,
    givenUp: false,
    retryAt: 0,
    goodProbes: 0,
    probeAt: 0,
    returns: 0,
  };
}

/** Which link to run next and when. `standings` in order of preference, not empty. */
export function nextDial(standings: HubState[]): { index: number; at: number } {
  const patient = standings.findIndex((s) => !s.givenUp);
  const times = standings.map((s) => s.retryAt);
  const index = patient >= 0 ? patient : times.indexOf(Math.min(...times));
  return { index, at: times[index] ?? 0 };
}

/** The connection of this link failed or ended, not on our side. `upMs`: how long it was up; 0 = never. */
export function ended(
  before: HubState,
  event: { startedAt: number; upMs: number; now: number; random: number },
  timing: Timing,
): HubState {
  const lasted = event.upMs >= timing.stableMs;
  const s = lasted ? fresh() : before;
  const failures = s.failures + 1;
  const failingSince = s.failingSince ?? (lasted ? event.now : event.startedAt);
  return {
    ...s,
    failures,
    failingSince,
    givenUp: event.now - failingSince >= timing.patienceMs,
    retryAt: event.now + backoffMs(failures, timing.firstRetryMs, event.random, timing.maxRetryMs),
    goodProbes: 0,
    probeAt: 0,
  };
}

/** A probe of this link, made while a lesser one was up. */
export function probed(s: HubState, well: boolean, now: number, random: number, timing: Timing): HubState {
  return { ...s, goodProbes: well ? s.goodProbes + 1 : 0, probeAt: now + timing.probeEveryMs * (0.8 + 0.4 * random) };
}

/** The better link to probe next and when, while `current` is up. */
export function nextProbe(standings: HubState[], current: number): { index: number; at: number } | undefined {
  const better = standings.slice(0, current).map((s, index) => ({ index, at: s.probeAt }));
  return better.sort((a, b) => a.at - b.at)[0];
}

/** The better link that has worked for long enough to leave `current` for. */
export function returnTo(standings: HubState[], current: number, timing: Timing): number | undefined {
  const index = standings.slice(0, current).findIndex((s) => s.goodProbes >= probesWanted(s, timing));
  return index < 0 ? undefined : index;
}

function probesWanted(s: HubState, timing: Timing): number {
  return timing.probesWanted * 2 ** Math.min(s.returns, MAX_DOUBLINGS);
}

/** The state of a link that is about to be returned to: it is next, and its first failure gives it up. */
export function returning(s: HubState): HubState {
  return { ...fresh(), failingSince: Number.NEGATIVE_INFINITY, returns: s.returns + 1 };
}
