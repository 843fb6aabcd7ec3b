import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createListeningClock,
  isQuiet,
  noteSign,
  SILENT_MS,
  type Sign,
} from '../../../src/agent/replication/silence.ts';
import { NetworkReport } from '../../../src/api/network-report.ts';
import { HEARTBEAT_SECONDS } from '../../../src/database/engine.ts';
import { startSites } from '../../support/agents.ts';
import { until } from '../../support/until.ts';

describe('a channel', () => {
  it('is quiet when its sign has not changed for two heartbeats, and never while it changes', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: SILENT_MS }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(gaps, fc.integer({ min: 0, max: 2 * SILENT_MS }), (lives, since) => {
        let now = 0;
        let known: Sign | undefined;
        for (const [i, gap] of lives.entries()) {
          now += gap;
          if (known) expect(isQuiet(known, now)).toBe(false);
          known = noteSign(known, `${i}`, now);
        }
        expect(isQuiet(noteSign(known, `${lives.length - 1}`, now + since), now + since)).toBe(since > SILENT_MS);
      }),
    );
  });

  it('is not quiet because nobody polled, however long, but is when polls find nothing', () => {
    const moments = fc.array(
      fc.record({ gap: fc.integer({ min: 1, max: 1000 }), stall: fc.integer({ min: 0, max: 600_000 }) }),
      {
        minLength: 8,
        maxLength: 12,
      },
    );
    fc.assert(
      fc.property(moments, fc.nat(7), (looks, stalled) => {
        const clock = createListeningClock();
        let now = 0;
        let sign: Sign | undefined;
        for (const [i, { gap, stall }] of looks.entries()) {
          now += gap + (i === stalled ? stall : 0);
          clock.looked(now);
          // One heartbeat arrived, and none since: at most 12 polls of a second, and one stall.
          sign = noteSign(sign, 'same', clock.now());
          expect(isQuiet(sign, clock.now())).toBe(false);
        }
        for (let i = 0; i < 20; i++) clock.looked((now += 1000));
        expect(isQuiet(sign!, clock.now())).toBe(true);
      }),
    );
  });
});

describe('a site with a dead link that nobody has closed', () => {
  let sites: Awaited<ReturnType<typeof startSites>>;
  beforeAll(async () => {
    sites = await startSites({
      hubs: ['australia', 'germany'],
      links: [
        ['brazil', 'germany'],
        ['australia', 'germany'],
      ],
      beatSeconds: 48,
    });
  });
  afterAll(() => sites?.stop());
  const ofBrazil = async (at: string) =>
    NetworkReport.parse(await (await sites.get(at).api('/api/v1/network')).json()).sites.find(
      ({ name }) => name === 'brazil',
    )!;
  const isHeard = (at: string, connected: boolean) =>
    until(async () => (await ofBrazil(at)).connected === connected, 40_000, `${at} to say ${connected} of brazil`);

  it('is heard while idle, missed everywhere within seconds, and heard again', async () => {
    await Promise.all([isHeard('germany', true), isHeard('australia', true)]);
    // Longer than the maximum silence: only heartbeats show that brazil is there.
    const calmUntil = Date.now() + SILENT_MS + HEARTBEAT_SECONDS * 1000;
    while (Date.now() < calmUntil) {
      expect((await ofBrazil('germany')).connected).toBe(true);
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
    const pid = sites.get('brazil').database.pid()!;
    process.kill(pid, 'SIGSTOP');
    const frozen = Date.now();
    try {
      await Promise.all([isHeard('germany', false), isHeard('australia', false)]);
      const seconds = (Date.now() - frozen) / 1000;
      console.log(`missed after ${seconds.toFixed(1)} s`);
      expect(seconds).toBeLessThan(SILENT_MS / 1000 + 6);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await Promise.all([isHeard('germany', true), isHeard('australia', true)]);
  }, 150_000);
});
