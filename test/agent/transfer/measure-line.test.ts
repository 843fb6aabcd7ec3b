import { expect, it } from 'vitest';
import { FAST, measureLine } from '../../../src/agent/transfer/measure-line.ts';

/** A line with a rate and a latency, over a connection whose window doubles each round trip from 14 KB. */
function line(bytesPerSecond: number, latencyMs: number) {
  let window = 14_000;
  let sent = 0;
  const request = async (bytes: number) => {
    sent += bytes;
    let ms = latencyMs;
    for (let left = bytes - window; left > 0; left -= window) {
      window *= 2;
      ms += latencyMs;
    }
    return ms + (1000 * bytes) / bytesPerSecond;
  };
  return { request, sent: () => sent };
}

it.each([
  ['ISDN', 8000, 200],
  ['DSL upwards', 16_000, 60],
  ['DSL downwards', 64_000, 60],
  ['a satellite', 250_000, 600],
])('the rate of a slow line, %s, is found within a tenth', async (_name, rate, latency) => {
  const measured = await measureLine(line(rate, latency).request);
  expect(measured).toBeGreaterThan(rate * 0.8);
  expect(measured).toBeLessThan(rate * 1.1);
});

it('a slow line is asked for 12 KB only', async () => {
  const { request, sent } = line(8000, 200);
  await measureLine(request);
  expect(sent()).toBeLessThan(13_000);
});

it.each([
  ['a LAN', 100e6, 1],
  ['10 Mbit/s with 600 ms', FAST * 1.25, 600],
])('a fast line has no rate: %s', async (_name, rate, latency) => {
  expect(await measureLine(line(rate, latency).request)).toBeUndefined();
});

it('a line is not slow because the machine is busy now and then', async () => {
  const { request } = line(100e6, 1);
  let requests = 0;
  const busy = async (bytes: number) => (await request(bytes)) + (++requests % 2 === 0 ? 400 : 0);
  expect(await measureLine(busy)).toBeUndefined();
});
