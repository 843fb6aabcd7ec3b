import { describe, expect, it } from 'vitest';
import type { Peer } from '../../../src/agent/link/links.ts';
import { createLines, isSameRate, type MeasureLine } from '../../../src/agent/transfer/lines.ts';

const HUB: Peer = { name: 'hub', rsyncPort: 0, rsyncPassword: '' };
const idle = () => false;

/** A clock that is moved by hand. */
function watched(measure: MeasureLine) {
  let now = 0;
  const timers = new Set<() => void>();
  let rings = 0;
  const clock = {
    monotonic: () => now,
    after(_ms: number, call: () => void) {
      timers.add(call);
      return () => void timers.delete(call);
    },
  };
  const lines = createLines(clock, () => void rings++, measure);
  return {
    lines,
    pass: (ms: number) => void (now += ms),
    expire: () => timers.forEach((call) => call()),
    rings: () => rings,
    turn: () => new Promise((resolve) => setImmediate(resolve)),
  };
}

describe('the rate of a line', () => {
  it('is what is written, and then nothing is measured', () => {
    const { lines } = watched(() => Promise.reject(new Error('measured all the same')));
    const written = { ...HUB, downBytesPerSecond: 8000 };
    lines.measure([written], idle, true);
    expect([lines.isKnown(written), lines.rateOf(written)]).toEqual([true, 8000]);
  });

  it('is measured once while it is not known, and again later when nothing comes over it', async () => {
    let measured = 0;
    const { lines, pass, turn, rings } = watched(async () => 1000 * ++measured);
    lines.measure([HUB], idle, true);
    lines.measure([HUB], idle, true);
    expect(lines.isKnown(HUB)).toBe(false);
    await turn();
    expect([lines.isKnown(HUB), lines.rateOf(HUB), rings()]).toEqual([true, 1000, 1]);
    pass(3_600_000);
    lines.measure([HUB], () => true, true);
    await turn();
    expect(lines.rateOf(HUB)).toBe(1000);
    lines.measure([HUB], idle, true);
    await turn();
    expect(lines.rateOf(HUB)).toBe(2000);
  });

  it('is measured again soon after its link was down', async () => {
    let measured = 0;
    const { lines, pass, turn } = watched(async () => 1000 * ++measured);
    lines.measure([HUB], idle, true);
    await turn();
    pass(61_000);
    lines.measure([HUB], idle, true);
    await turn();
    expect(lines.rateOf(HUB)).toBe(1000);
    lines.measure([], idle, true);
    lines.measure([HUB], idle, true);
    await turn();
    expect(lines.rateOf(HUB)).toBe(2000);
  });

  it('is none where the neighbour does not answer: transfers do not wait for ever', async () => {
    const { lines, expire, turn } = watched(() => new Promise(() => undefined));
    lines.measure([HUB], idle, true);
    expire();
    await turn();
    expect([lines.isKnown(HUB), lines.rateOf(HUB)]).toEqual([true, undefined]);
  });
});

it('a transfer goes on while its line has much the same rate', () => {
  expect(isSameRate(8000, 9000)).toBe(true);
  expect(isSameRate(8000, 16_000)).toBe(false);
  expect(isSameRate(undefined, 8000)).toBe(false);
  expect(isSameRate(undefined, undefined)).toBe(true);
});
