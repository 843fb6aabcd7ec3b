import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { idle } from './cases/idle.ts';
import { change, changeMiddle, hasMiddle, largeFile, MB } from './cases/large.ts';
import { latencies } from './cases/latency.ts';
import { manyFiles } from './cases/many.ts';
import { fullPass } from './cases/pass.ts';
import { compare, round } from './compare.ts';
import { during } from './during.ts';
import { load, median, percentile, reached, timed } from './measure.ts';
import { createPageCacheFiller } from './memory.ts';
import { startLsyncd } from './peers/lsyncd.ts';
import { rsyncLocally, rsyncOverLink } from './peers/rsync.ts';
import { startSitesync } from './peers/sitesync.ts';
import { startSyncthing } from './peers/syncthing.ts';
import type { Row, Star } from './star.ts';

type Say = (line: string) => void;
export type CaseName = 'latency' | 'many' | 'large' | 'change' | 'idle' | 'pass';
const KB = 1024;
const GB = 1024 * MB;
const SMALL_SAMPLES = 40;
const LSYNCD = 'lsyncd (one hop, one disk)';

const fillPageCache = createPageCacheFiller();

/** Every case starts the networks that it measures, one after another, and stops them. */
export const cases: Record<CaseName, (runs: number, say: Say) => Promise<Row[]>> = {
  async latency(_, say) {
    const measure = async (star: Pick<Star, 'root'>) => ({
      small: await latencies(star, 'small', KB, SMALL_SAMPLES),
      medium: await latencies(star, 'medium', 100 * KB, SMALL_SAMPLES / 2),
    });
    const ours = await during(startSitesync, measure, say, 'sitesync');
    const theirs = await during(startSyncthing, measure, say, 'syncthing');
    const oneHop = await onOneDisk(measure, say);
    const row = (what: string, limit: number, pick: (one: typeof ours) => number): Row =>
      compare(what, 's', limit, pick(ours), { syncthing: pick(theirs), [LSYNCD]: pick(oneHop) });
    return [
      row('1 KB, child → hub → hub → child, median', 0.5, (one) => median(one.small)),
      row('1 KB, child → hub → hub → child, p95', 1, (one) => percentile(one.small, 0.95)),
      row('100 KB, child → hub → hub → child, median', 0.8, (one) => median(one.medium)),
    ];
  },

  async many(runs, say) {
    const measure = async (star: Star) => {
      const seconds: number[] = [];
      for (let run = 0; run < runs; run++) {
        fillPageCache();
        seconds.push(await manyFiles(star, `many-${run}`));
        await star.settled();
      }
      return median(seconds);
    };
    const measureOnce = (star: Pick<Star, 'root'>) => {
      fillPageCache();
      return manyFiles(star, 'many');
    };
    const ours = await during(startSitesync, measure, say, 'sitesync');
    const theirs = await during(startSyncthing, measureOnce, say, 'syncthing');
    const oneHop = await onOneDisk(measureOnce, say);
    return [
      compare('10,000 files of 1 KB over three hops', 's', 6, ours, {
        syncthing: theirs,
        [LSYNCD]: oneHop,
      }),
    ];
  },

  async large(runs, say) {
    const measure = async (star: Awaited<ReturnType<typeof startSitesync>>) => {
      const all: { hub: number; far: number; hop: number; rsync: number; local: number }[] = [];
      for (let run = 0; run < runs; run++) {
        const name = `large-${run}`;
        fillPageCache();
        const seconds = await largeFile(star, name, GB);
        await star.settled();
        const plain = await rsyncOverLink(star, 'a', 'h1');
        const rsync = await timed(() => plain.pull(name)).finally(plain.remove);
        const local = await rsyncLocally(join(star.root('a'), name));
        rmSync(join(star.root('a'), name));
        await star.settled();
        const times = { ...seconds, hop: seconds.hop!, rsync, local };
        say(`1 GB in s: ${JSON.stringify(times, (_, value) => (typeof value === 'number' ? round(value) : value))}`);
        all.push(times);
      }
      return {
        hub: median(all.map((x) => x.hub)),
        far: median(all.map((x) => x.far)),
        share: median(all.map((x) => x.rsync / x.hop)) * 100,
        rsync: median(all.map((x) => x.rsync)),
        local: median(all.map((x) => x.local)),
      };
    };
    const ours = await during(startSitesync, measure, say, 'sitesync');
    const measureOnce = (star: Star) => {
      fillPageCache();
      return largeFile(star, 'large', GB);
    };
    const theirs = await during(startSyncthing, measureOnce, say, 'syncthing');
    const { share } = ours;
    return [
      {
        what: '1 GB over one hop, received, verified and placed: rate relative to plain rsync over the same ssh link',
        unit: '%',
        goal: '≥ 80',
        met: share >= 80,
        sitesync: round(share),
        peers: {},
        load: load(),
      },
      compare('1 GB at the first hub', 's', Number.POSITIVE_INFINITY, ours.hub, {
        syncthing: theirs.hub,
        rsync: ours.rsync,
      }),
      compare('1 GB at the far child', 's', 15, ours.far, {
        syncthing: theirs.far,
        'rsync (one disk)': ours.local,
      }),
    ];
  },

  async change(_, say) {
    const size = 50 * MB;
    const prepare = async (star: Star) => {
      await largeFile(star, 'fifty', size);
      return change(star, 'fifty', size);
    };
    const ours = await during(
      () => startSitesync(true),
      async (star) => {
        const result = await prepare(star);
        const plain = await rsyncOverLink(star, 'a', 'h1');
        await plain.pull('fifty');
        const content = changeMiddle(join(star.root('a'), 'fifty'), size, KB);
        await reached(() => hasMiddle(join(star.root('c'), 'fifty'), size, content), 60_000, 'the second change');
        await star.settled();
        const before = star.wireBytes()['a-h1']!;
        await plain.pull('fifty');
        const rsync = star.wireBytes()['a-h1']! - before;
        plain.remove();
        return { ...result, rsync };
      },
      say,
      'sitesync',
    );
    const theirs = await during(() => startSyncthing(true), prepare, say, 'syncthing');
    return [
      compare('1 KB changed in 50 MB: bytes on the first link', 'B', ours.rsync * 1.1, ours.bytes, {
        syncthing: theirs.bytes,
        rsync: ours.rsync,
      }),
      compare('1 KB changed in 50 MB: at the far child', 's', Number.POSITIVE_INFINITY, ours.seconds, {
        syncthing: theirs.seconds,
      }),
    ];
  },

  async idle(_, say) {
    const measure = async (star: Star) => {
      await latencies(star, 'warm', KB, 3);
      return idle(star, 120);
    };
    const ours = await during(() => startSitesync(true), measure, say, 'sitesync');
    const theirs = await during(() => startSyncthing(true), measure, say, 'syncthing');
    return [
      compare('idle: traffic of the busiest link', 'B/s', 100, ours.bytesPerSecond, {
        syncthing: theirs.bytesPerSecond,
      }),
      compare('idle: CPU, busiest site', '% of a core', 2, ours.cpuPercent, { syncthing: theirs.cpuPercent }),
      compare('memory of six sites', 'MB', Number.POSITIVE_INFINITY, ours.memory / MB, {
        syncthing: theirs.memory / MB,
      }),
    ];
  },

  async pass(_, say) {
    const pass = await fullPass(say);
    return [
      compare('full pass over 1,000,000 unchanged files', 's', 3, pass.seconds, {}),
      compare('agent memory during the pass', 'MB', 300, pass.peak / MB, {}),
      compare('agent memory at rest', 'MB', 200, pass.rest / MB, {}),
    ];
  },
};

/** lsyncd has one hop and no link: a second directory on the same disk. */
async function onOneDisk<T>(measure: (star: Pick<Star, 'root'>) => Promise<T>, say: Say): Promise<T> {
  return during(startLsyncd, ({ from, to }) => measure({ root: (site) => (site === 'a' ? from : to) }), say, 'lsyncd');
}
