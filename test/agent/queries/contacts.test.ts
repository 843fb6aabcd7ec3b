import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Contact, clockAhead, isLate, isSilent, noteBeat } from '../../../src/agent/queries/contacts.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const BEAT_SECONDS = 48;
const SILENT_MS = (3 * BEAT_SECONDS + 10) * 1000;

/** A time at which the wall clock is right, or was set. */
const at = (ms: number, set = 0) => ({ now: ms + set, monotonic: ms - NOW });

/** Heartbeats every 48 s from a site whose clock is `ahead`, each with a delay of `late`. */
function beats(ahead: number, late: number[]): Contact {
  return late.reduce<Contact | undefined>((before, ms, i) => {
    const made = NOW + i * BEAT_SECONDS * 1000;
    return noteBeat(before, made + ahead, at(made + ms));
  }, undefined)!;
}

describe('a heartbeat', () => {
  it('that existed before the first poll is not younger than it says', () => {
    expect(noteBeat(undefined, NOW - 3_600_000, at(NOW)).heardAt).toBe(NOW - 3_600_000);
    expect(noteBeat(undefined, NOW + 3_600_000, at(NOW)).heardAt).toBe(NOW);
    expect(isSilent(noteBeat(undefined, 0, at(NOW)), 0, BEAT_SECONDS)).toBe(true);
  });

  it('counts from its arrival, whatever the clock of its site says', () => {
    const contact = noteBeat(noteBeat(undefined, 5, at(NOW - 1000)), 6, at(NOW));
    expect(contact.heardAt).toBe(NOW);
    expect(isSilent(contact, SILENT_MS, BEAT_SECONDS)).toBe(false);
    expect(isSilent(contact, SILENT_MS + 1, BEAT_SECONDS)).toBe(true);
    expect(noteBeat(contact, 6, at(NOW + 60_000))).toBe(contact);
  });

  it.each([-86_400_000, 86_400_000])('is neither younger nor older when the local clock is set by %i ms', (set) => {
    const contact = noteBeat(noteBeat(undefined, 5, at(NOW - 1000)), 6, at(NOW, set));
    expect(isSilent(contact, SILENT_MS, BEAT_SECONDS)).toBe(false);
    expect(isSilent(contact, SILENT_MS + 1, BEAT_SECONDS)).toBe(true);
  });

  it('of a site that was never heard from means silence', () => {
    expect(isSilent(undefined, 0, BEAT_SECONDS)).toBe(true);
  });
});

it('a hub is late after one missed heartbeat, plus a margin', () => {
  const contact = noteBeat(noteBeat(undefined, 5, at(NOW - 1000)), 6, at(NOW));
  expect(isLate(contact, 63_000, BEAT_SECONDS)).toBe(false);
  expect(isLate(contact, 63_001, BEAT_SECONDS)).toBe(true);
});

describe('the clock of a site', () => {
  it('is known to within the shortest delay of its last heartbeats', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -1e8, max: 1e8 }),
        fc.array(fc.nat(60_000), { minLength: 2, maxLength: 30 }),
        (ahead, late) => {
          const estimate = clockAhead(beats(ahead, late));
          const fastest = Math.min(...late.slice(1).slice(-10));
          if (estimate === 0) expect(Math.abs(ahead - fastest)).toBeLessThanOrEqual(30_000);
          else expect(estimate).toBe(ahead - fastest);
        },
      ),
    );
  });

  it('is not judged by a heartbeat with unknown arrival time', () => {
    expect(clockAhead(noteBeat(undefined, NOW - 3_600_000, at(NOW)))).toBe(0);
    expect(clockAhead(undefined)).toBe(0);
  });
});
