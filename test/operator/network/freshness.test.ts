import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { POLL_MS as BEAT_POLL_MS } from '../../../src/agent/beat.ts';
import { FRESH_MS } from '../../../src/agent/queries/network-reporter.ts';
import { isQuiet, noteSign, type Sign } from '../../../src/agent/replication/silence.ts';
import { POLL_MS as CHANNEL_POLL_MS } from '../../../src/agent/replication/supervise.ts';
import { HEARTBEAT_SECONDS } from '../../../src/database/engine.ts';
import { pollMs, restMs } from '../../../src/operator/network/poll-interval.ts';
import { BELIEVED_MS, OTHERS_TIMEOUT_MS, PATIENCE_MS, TIMEOUT_MS } from '../../../src/operator/network/reports.ts';
import { AWAY_MS, noteSilence, type Silence, type Suspicion } from '../../../src/operator/network/suspect-hubs.ts';
import { READINESS } from '../../../src/operator/objects/containers.ts';

/** "Never stale for more than 30 s": from the moment in which a site is cut off to the status that says so. */
const STALE_MS = 30_000;
/** A row from hub to hub, and writing a status. */
const ON_THE_WAY_MS = 1000;
const STATUS_MS = 500;
/** The kubelet checks every second which containers have exited. */
const KUBELET_POLL_MS = 1000;
/** From the kubelet to the operator. */
const POD_STATUS_MS = 1000;

/** The phase of a timer when the link is cut; the worst cases are at its ends. */
const phase = (period: number) =>
  fc.oneof(fc.constantFrom(0, 1, period - 1, period), fc.integer({ min: 0, max: period }));

/** The first time from `from` on at which something happens that recurs every `period`, once at `at`. */
const next = (from: number, period: number, at: number) => at + Math.max(0, Math.ceil((from - at) / period)) * period;

/** When the hub of a site that is cut off at 0 stops hearing it: its last heartbeat came at `-last`. */
function missedAt(last: number, look: number): number {
  const seen = next(-last, CHANNEL_POLL_MS, look - CHANNEL_POLL_MS * 60);
  let sign: Sign | undefined = noteSign(undefined, 'before', seen - CHANNEL_POLL_MS);
  sign = noteSign(sign, 'last', seen);
  let now = seen;
  while (!isQuiet(sign, now)) now += 1;
  return now;
}

/** The operator's polls of this many sites: from the start of one to the start of the next, and to the written status. */
interface Look {
  /** When the first one starts. */
  at: number;
  periodMs: number;
  tellsMs: number;
}
/**
 * The time to plan and compare a large network, and for a hub to read its heartbeats; 0.4 and 0.8 ms were measured on a
 * busy machine.
 */
const WORK_MS_PER_SITE = 1;
const ANSWER_MS = 500;
const ANSWER_MS_PER_SITE = 1;

/** @param waits for hubs that do not answer */
function looks(sites: number, ...waits: number[]): fc.Arbitrary<Look> {
  const answer = phase(Math.max(ANSWER_MS, ANSWER_MS_PER_SITE * sites));
  return fc.tuple(answer, fc.constantFrom(0, ...waits)).chain(([answers, wait]) => {
    const takes = answers + wait + WORK_MS_PER_SITE * sites;
    const periodMs = takes + restMs(sites, takes);
    return fc.record({ at: phase(periodMs), periodMs: fc.constant(periodMs), tellsMs: fc.constant(takes + STATUS_MS) });
  });
}
const told = ({ at, periodMs, tellsMs }: Look, from: number) => next(from, periodMs, at) + tellsMs;

describe.each([1, 1000])('in a network of %i sites', (sites) => {
  test('a site that is cut off is reported within 30 s, whoever hears it and whoever is asked', () => {
    const draw = fc.record({
      last: phase(HEARTBEAT_SECONDS * 1000),
      look: phase(CHANNEL_POLL_MS),
      beat: phase(BEAT_POLL_MS),
      fresh: phase(FRESH_MS),
      // A hub that cannot answer either is waited for, before or after one that can.
      operator: looks(sites, PATIENCE_MS, OTHERS_TIMEOUT_MS),
    });
    fc.assert(
      fc.property(draw, ({ last, look, beat, fresh, operator }) => {
        const missed = missedAt(last, look);
        // Its hub tells the others in its own heartbeat; one of them answers, with a report that may be a second old.
        const known = next(missed, BEAT_POLL_MS, beat) + ON_THE_WAY_MS + fresh;
        expect(told(operator, known)).toBeLessThanOrEqual(STALE_MS);
      }),
      { numRuns: 2000 },
    );
  });

  // As many silent hubs as there may be: patience halves.
  test('when no hub answers any more, the last report is dropped within 30 s', () => {
    fc.assert(
      fc.property(looks(sites, TIMEOUT_MS, TIMEOUT_MS + 3 * PATIENCE_MS), ({ at, periodMs, tellsMs }) => {
        // Cut off right after an answer at 0: each poll waits in vain.
        let now = at;
        while (now + tellsMs - STATUS_MS < BELIEVED_MS) now += periodMs;
        expect(now + tellsMs).toBeLessThanOrEqual(STALE_MS);
      }),
    );
  });

  /** When the status says that a hub is silent, whose pod shows it from `known` on, as if the operator did not watch pods. */
  function givenUpAt(known: number, { at, periodMs, tellsMs }: Look, suspicion: Suspicion): number {
    let silence: Silence | undefined;
    for (let now = next(known, periodMs, at); ; now += periodMs) {
      silence = noteSilence(silence, suspicion, now + tellsMs - STATUS_MS);
      if (silence.isGivenUp) return now + tellsMs;
    }
  }

  test('reports of a hub whose agent hangs no longer count after 30 s, although its database works', () => {
    const { periodSeconds, timeoutSeconds, failureThreshold } = READINESS;
    expect(timeoutSeconds).toBeLessThan(periodSeconds);
    fc.assert(
      fc.property(phase(periodSeconds * 1000), looks(sites, OTHERS_TIMEOUT_MS), (probe, operator) => {
        // It hangs from 0 on; the kubelet first probes it after that at `probe`.
        const notReady = probe + ((failureThreshold - 1) * periodSeconds + timeoutSeconds) * 1000;
        expect(givenUpAt(notReady + POD_STATUS_MS, operator, 'hangs')).toBeLessThanOrEqual(STALE_MS);
      }),
      { numRuns: 2000 },
    );
  });

  test('nor those of a hub whose agent exited and does not return; one that restarts at once is not given up', () => {
    fc.assert(
      fc.property(phase(KUBELET_POLL_MS), looks(sites, OTHERS_TIMEOUT_MS), (kubelet, operator) => {
        const at = givenUpAt(kubelet + POD_STATUS_MS, operator, 'away');
        expect(at).toBeLessThanOrEqual(STALE_MS);
        expect(at - kubelet).toBeGreaterThan(AWAY_MS);
      }),
      { numRuns: 2000 },
    );
  });
});

test('the operator polls every four seconds, and pauses in between however long a poll takes', () => {
  expect([1, 800, 1000].map(pollMs)).toEqual([4000, 4000, 5000]);
  expect([-100, 0, 500, 3000, 9000].map((took) => restMs(1, took))).toEqual([4000, 4000, 3500, 1000, 1000]);
});
