import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LOOK_MS as BEAT_LOOK_MS } from '../../../src/agent/health/beat.ts';
import { FRESH_MS } from '../../../src/agent/health/network.ts';
import { isQuiet, noteSign, type Sign } from '../../../src/agent/replication/silence.ts';
import { LOOK_MS as CHANNEL_LOOK_MS } from '../../../src/agent/replication/supervise.ts';
import { HEARTBEAT_SECONDS } from '../../../src/database/engine.ts';
import { AWAY_MS, type Doubt, noteSilence, type Silence } from '../../../src/operator/network/doubts.ts';
import { lookMs } from '../../../src/operator/network/look.ts';
import { BELIEVED_MS, OTHERS_TIMEOUT_MS, PATIENCE_MS, TIMEOUT_MS } from '../../../src/operator/network/reports.ts';
import { READINESS } from '../../../src/operator/objects/containers.ts';

/** "Never stale for more than 30 s": from the moment in which a site is cut off to the status that says so. */
const STALE_MS = 30_000;
/** A row from hub to hub, and the writing of a status. */
const ON_THE_WAY_MS = 1000;
const STATUS_MS = 500;
/** Kubelet looks each second which containers have ended. */
const KUBELET_LOOK_MS = 1000;
/** From kubelet to the operator. */
const POD_STATUS_MS = 1000;

/** Where a clock stands when the link is cut; its ends are where the worst comes from. */
const phase = (period: number) =>
  fc.oneof(fc.constantFrom(0, 1, period - 1, period), fc.integer({ min: 0, max: period }));

/** The first moment from `from` on of something that happens every `period`, once at `at`. */
const next = (from: number, period: number, at: number) => at + Math.max(0, Math.ceil((from - at) / period)) * period;

/** When the hub of a site that is cut off at 0 no longer hears it: its last heartbeat came at `-last`. */
function missedAt(last: number, look: number): number {
  const seen = next(-last, CHANNEL_LOOK_MS, look - CHANNEL_LOOK_MS * 60);
  let sign: Sign | undefined = noteSign(undefined, 'before', seen - CHANNEL_LOOK_MS);
  sign = noteSign(sign, 'last', seen);
  let now = seen;
  while (!isQuiet(sign, now)) now += 1;
  return now;
}

test('a site that is cut off is told as such in 30 s, whoever hears it and whoever is asked', () => {
  const draw = fc.record({
    last: phase(HEARTBEAT_SECONDS * 1000),
    look: phase(CHANNEL_LOOK_MS),
    beat: phase(BEAT_LOOK_MS),
    fresh: phase(FRESH_MS),
    operator: phase(lookMs(1)),
    // A hub that cannot answer either is waited for, before or after one that can.
    takes: fc.oneof(phase(500), fc.constant(PATIENCE_MS + 500), fc.constant(OTHERS_TIMEOUT_MS + 500)),
  });
  fc.assert(
    fc.property(draw, ({ last, look, beat, fresh, operator, takes }) => {
      const missed = missedAt(last, look);
      // Its hub tells the others by its own heartbeat; one of them answers, with a report that may be a second old.
      const told = next(missed, BEAT_LOOK_MS, beat) + ON_THE_WAY_MS + fresh;
      const asked = next(told, lookMs(1) + takes, operator);
      expect(asked + takes + STATUS_MS).toBeLessThanOrEqual(STALE_MS);
    }),
    { numRuns: 2000 },
  );
});

test('when no hub answers any more, what was heard last is given up in 30 s', () => {
  fc.assert(
    fc.property(phase(lookMs(1)), phase(TIMEOUT_MS), (operator, takes) => {
      // Cut off right after an answer at 0: each look waits in vain.
      let now = operator;
      while (now + takes < BELIEVED_MS) now += takes + lookMs(1);
      expect(now + takes + STATUS_MS).toBeLessThanOrEqual(STALE_MS);
    }),
  );
});

/** When the status says that a hub is silent, which its pod tells at `told`: with `doubt`, and later perhaps with another one. */
function givenUpAt(told: number, operator: number, takes: number, doubt: (now: number) => Doubt): number {
  // As if the operator did not follow pods, and looked when its time comes.
  let now = next(told, lookMs(1) + takes, operator);
  let silence: Silence | undefined;
  for (;;) {
    silence = noteSilence(silence, doubt(now), now + takes);
    if (silence.isGivenUp) return now + takes + STATUS_MS;
    now += takes + lookMs(1);
  }
}
/** One that answers, and one that does not, which is waited for. */
const withSilent = phase(500).map((answer) => answer + OTHERS_TIMEOUT_MS);

test('what a hub said whose agent hangs no longer counts after 30 s, though its database lives', () => {
  const { periodSeconds, timeoutSeconds, failureThreshold } = READINESS;
  expect(timeoutSeconds).toBeLessThan(periodSeconds);
  const draw = fc.record({ probe: phase(periodSeconds * 1000), operator: phase(lookMs(1)), takes: withSilent });
  fc.assert(
    fc.property(draw, ({ probe, operator, takes }) => {
      // It hangs from 0 on; kubelet asks at `probe` for the first time after that.
      const notReady = probe + ((failureThreshold - 1) * periodSeconds + timeoutSeconds) * 1000;
      const told = notReady + POD_STATUS_MS;
      expect(givenUpAt(told, operator, takes, () => 'hangs')).toBeLessThanOrEqual(STALE_MS);
    }),
    { numRuns: 2000 },
  );
});

test('what a hub said whose agent ends again and again no longer counts after 30 s; one that begins again at once is not given up', () => {
  const draw = fc.record({ kubelet: phase(KUBELET_LOOK_MS), operator: phase(lookMs(1)), takes: withSilent });
  fc.assert(
    fc.property(draw, ({ kubelet, operator, takes }) => {
      const at = givenUpAt(kubelet + POD_STATUS_MS, operator, takes, () => 'away');
      expect(at).toBeLessThanOrEqual(STALE_MS);
      expect(at).toBeGreaterThan(AWAY_MS);
    }),
    { numRuns: 2000 },
  );
});
