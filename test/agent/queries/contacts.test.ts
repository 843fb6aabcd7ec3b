import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Contact, clockAhead, isLate, isSilent, noteBeat } from '../../../src/agent/queries/contacts.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const BEAT_SECONDS = 48;
const SILENT_MS = (3 * BEAT_SECONDS + 10) * 1000;

/** A moment at which the clock on the wall is right, or was set. */
const at = (ms: number, set = 0) => ({ now: ms + set, monotonic: ms - NOW });

/** Beats that come in every 48 s from a site whose clock is `ahead`, each `late` on the way. */
function beats(ahead: number, late: number[]): Contact {
  return late.reduce<Contact | undefined>((before, ms, i) => {
    const made = NOW + i * BEAT_SECONDS * 1000;
    return noteBeat(before, made + ahead, at(made + ms));
  }, undefined)!;
}

describe('a heartbeat', () => {
  it('that was there before the first look is not younger than it says', () => {
    expect(noteBeat(undefined, NOW - 3_600_000, at(NOW)).heardAt).toBe(NOW - 3_600_000);
    expect(noteBeat(undefined, NOW + 3_600_000, at(NOW)).heardAt).toBe(NOW);
    expect(isSilent(noteBeat(undefined, 0, at(NOW)), 0, BEAT_SECONDS)).toBe(true);
  });

  it('counts from when it came in, whatever the clock of its site says', () => {
    const contact = noteBeat(noteBeat(undefined, 5, at(NOW - 1000)), 6, at(NOW));
    expect(contact.heardAt).toBe(NOW);
    expect(isSilent(contact, SILENT_MS, BEAT_SECONDS)).toBe(false);
    expect(isSilent(contact, SILENT_MS + 1, BEAT_SECONDS)).toBe(true);
    expect(noteBeat(contact, 6, at(NOW + 60_000))).toBe(contact);
  });

  it.each([-86_400_000, 86_400_000])('is neither younger nor older when the clock here is set by %i ms', (set) => {
    const contact = noteBeat(noteBeat(undefined, 5, at(NOW - 1000)), 6, at(NOW, set));
    expect(isSilent(contact, SILENT_MS, BEAT_SECONDS)).toBe(false);
    expect(isSilent(contact, SILENT_MS + 1, BEAT_SECONDS)).toBe(true);
  });

  it('of a site that was never heard of is silence', () => {
    expect(isSilent(undefined, 0, BEAT_SECONDS)).toBe(true);
  });
});

it('a hub is late after one beat, with a margin', () => {
  const contact = noteBeat(noteBeat(undefined, 5, at(NOW - 1000)), 6, at(NOW));
  expect(isLate(contact, 63_000, BEAT_SECONDS)).toBe(false);
  expect(isLate(contact, 63_001, BEAT_SECONDS)).toBe(true);
});

describe('the clock of a site', () => {
  it('is known to within the fastest way of its last beats', () => {
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

  it('is not judged by a beat of which nobody knows when it came in', () => {
    expect(clockAhead(noteBeat(undefined, NOW - 3_600_000, at(NOW)))).toBe(0);
    expect(clockAhead(undefined)).toBe(0);
  });
});
