import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Command, Option } from 'commander';
import { readPlan } from '../../../src/agent/site/site-files.ts';
import { siteDir } from '../../../src/base/site-dir.ts';
import { launch, noBrowser, open, signIn } from '../../../test/support/chromium.ts';
import { startNetwork } from '../../../test/support/network.ts';
import { PASSWORD, writeUsers } from '../../../test/support/page.ts';
import { until } from '../../../test/support/until.ts';
import { median } from '../measure.ts';
import { listedSince, listedSinceNavigation, type Size, scriptBytes, sizeOf } from './browser.ts';
import { type Figures, keepFigures, writePageReport } from './report.ts';
import { measureSearch } from './search.ts';

const program = new Command('npm run bench:page --')
  .description('Measures the page of a site in a real Chromium, and writes docs/benchmarks-page.md.')
  .option('--minutes <n>', 'how long to watch a busy site', Number, 6)
  .option('--runs <n>', 'number of repetitions, of which the median is kept', Number, 7)
  .option('--large <n>', 'entries of the large directory', Number, 100_000)
  .option('--heads <n>', 'number of names to search', Number, 1_000_000)
  .addOption(
    new Option('--only <part>', 'measure only this part, and keep the other figures').choices([
      'speed',
      'search',
      'watch',
    ]),
  )
  .parse();
const { minutes, runs, large, heads, only } = program.opts<{
  minutes: number;
  runs: number;
  large: number;
  heads: number;
  only?: 'speed' | 'search' | 'watch';
}>();
if (noBrowser !== undefined) program.error(noBrowser);

const SITES = ['germany', 'brazil'] as const;
const object = (kind: string, name: string, spec: object) =>
  JSON.stringify({ apiVersion: 'sitesync.dev/v1alpha1', kind, metadata: { name }, spec });
const YAML = [
  object('Site', 'germany', {}),
  object('Hub', 'germany', {}),
  object('Site', 'brazil', { hubs: [{ name: 'germany' }] }),
  // Files are overwritten all the time here, which the brake would hold.
  object('SyncFolder', 'projects', { selector: {}, brake: { enabled: false } }),
].join('\n---\n');
/** Changes per second while a site is watched, and the files that they are made to. */
const PACE = 20;
const BUSY = 400;
/** Memory is measured this often, and at least this many times. */
const LOOK_MINUTES = 4;
const LOOKS = 12;
/** The office's agent is killed now and then, as an update would do: the page reconnects. */
const RESTART_LOOKS = 4;

const say = (text: string) => console.error(`  ${text}`);
if (only === undefined || only === 'search') {
  const search = await measureSearch(heads, runs);
  for (const { what, ms } of search.asked) say(`${what}: ${ms.toFixed(1)} ms`);
  keepFigures({ search });
}
if (only === 'search') {
  await writePageReport();
  process.exit();
}
const network = await startNetwork(YAML);
const browser = await launch();
try {
  await network.up();
  for (const site of SITES)
    await writeUsers({ dir: siteDir(network.data.site(site).root) }, [{ name: 'anna', admin: true }]);
  const origin = `http://127.0.0.1:${readPlan(network.data.site('brazil')).page!.port}`;
  await until(async () => (await fetch(`${origin}/api/v1/session`)).ok, 30_000, 'the page');
  const fill = async (directory: string, count: number) => {
    for (let i = 0; i < count; i++)
      network.write(
        'brazil',
        `${directory}/drawing ${String(i).padStart(6, '0')}.dwg`,
        'x'.repeat(1 + ((i * 7919) % 997)),
      );
    // The command line ends a wait after two minutes.
    for (let tries = 10; ; tries--) {
      const { failed } = await network.cli('wait', '--timeout', '110s').catch(() => ({ failed: true }));
      if (!failed) break;
      if (tries === 0) throw new Error(`${directory}: ${count} files do not arrive`);
    }
    say(`${count} files in ${directory}`);
  };
  const opened = await open(browser, origin);
  const { page } = opened;
  const session = await opened.context.newCDPSession(page);
  const scripts = await scriptBytes(session, () => page.goto('/', { waitUntil: 'networkidle' }));
  say(`script of the first load: ${scripts} bytes`);
  await signIn(page, 'anna', PASSWORD);
  if (only !== 'watch') keepFigures({ speed: await speed() });
  if (only !== 'speed') keepFigures({ watch: await watch() });
  if (opened.faults.length > 0) throw new Error(`the page reports errors: ${opened.faults.join('; ')}`);
  await writePageReport();

  async function speed(): Promise<Figures['speed']> {
    await fill('thousand', 1000);
    const loads: number[] = [];
    const clicks: number[] = [];
    for (let run = 0; run < runs; run++) {
      await page.goto('/f/projects/thousand', { waitUntil: 'commit' });
      loads.push(await listedSinceNavigation(page, 1000));
      await page.goto('/f/projects');
      const row = page.getByRole('row').filter({ hasText: 'thousand' });
      await row.waitFor();
      clicks.push(await listedSince(page, 1000, () => row.click()));
    }
    say(
      `1,000 entries: ${clicks.map(Math.round).join(', ')} ms from a click, ${loads.map(Math.round).join(', ')} ms from an address`,
    );
    await fill('large', large);
    await page.goto('/f/projects/large');
    await listedSinceNavigation(page, large);
    const largeTimes: Figures['speed']['large'] = { open: [], sort: [], end: [] };
    for (let run = 0; run < Math.min(runs, 5); run++) {
      await page.goto('/f/projects/large', { waitUntil: 'commit' });
      largeTimes.open.push(await listedSinceNavigation(page, large));
      await page.getByRole('grid').focus();
      largeTimes.end.push(await listedSince(page, large, () => page.keyboard.press('End')));
      largeTimes.sort.push(await listedSince(page, large, () => page.getByRole('button', { name: 'Size' }).click()));
    }
    say(
      `${large} entries: ${JSON.stringify(largeTimes, (_, value) => (typeof value === 'number' ? Math.round(value) : value))}`,
    );
    return { scripts, click: median(clicks), load: median(loads), entries: large, large: largeTimes };
  }

  /** A page that stays open while files change all the time: its memory, at equal steps. */
  async function watch(): Promise<Figures['watch']> {
    await fill('busy', BUSY);
    await page.goto('about:blank');
    let events = 0;
    const watchers = [];
    for (const place of ['/f/projects/busy?show=busy%2Fdrawing%2520000007.dwg', '/network']) {
      const tab = await opened.context.newPage();
      const own = await opened.context.newCDPSession(tab);
      await own.send('Network.enable');
      own.on('Network.eventSourceMessageReceived', () => events++);
      await tab.goto(place);
      watchers.push({ place: place.replace(/\?.*/, ''), tab, own, sizes: [] as Size[] });
    }
    let changes = 0;
    let restarts = 0;
    const looks = Math.max(LOOKS, Math.floor(minutes / LOOK_MINUTES));
    const step = (minutes * 60_000) / (looks + 2);
    const end = Date.now() + minutes * 60_000;
    const writing = (async () => {
      for (; Date.now() < end; changes++) {
        const name = `drawing ${String(changes % BUSY).padStart(6, '0')}.dwg`;
        writeFileSync(join(network.root('brazil'), 'busy', name), `change ${changes}`);
        await pause(1000 / PACE);
      }
    })();
    // Until everything that is loaded once has been loaded.
    await pause(step);
    events = 0;
    const began = Date.now();
    for (let look = 1; look <= looks; look++) {
      await pause(began + look * step - Date.now());
      for (const { own, sizes } of watchers) sizes.push(await sizeOf(own));
      say(
        `${events} events; ${watchers.map(({ place, sizes }) => `${place}: ${JSON.stringify(sizes.at(-1))}`).join(' ')}`,
      );
      if (look % RESTART_LOOKS !== 0) continue;
      await network.killProcess('brazil', 'agent');
      restarts++;
    }
    const took = (Date.now() - began) / 60_000;
    const told = events / watchers.length;
    await writing;
    for (const { tab } of watchers) await tab.close();
    return {
      minutes: took,
      changes,
      restarts,
      events: told,
      pages: watchers.map(({ place, sizes }) => ({ place, sizes })),
    };
  }
} finally {
  await browser.close();
  await network.remove();
}
