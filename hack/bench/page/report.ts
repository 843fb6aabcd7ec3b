import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { median } from '../measure.ts';
import { type Size, slope } from './browser.ts';

const PAGE = 'docs/benchmarks-page.md';
/** The last measurements, so that a part can be measured alone. */
const FIGURES = 'hack/bench/page/figures.json';
/** Events that a page gets on a busy day: one every four seconds. */
const DAY = 21_600;
const MB = 1e6;

export interface Figures {
  speed: {
    /** Bytes. */
    scripts: number;
    /** ms. */
    click: number;
    load: number;
    /** Entries of the large directory, and ms for each run. */
    entries: number;
    large: { open: number[]; end: number[]; sort: number[] };
  };
  search: {
    /** Number of names that are searched. */
    heads: number;
    /** Medians. */
    asked: { what: string; ms: number }[];
  };
  watch: {
    minutes: number;
    changes: number;
    restarts: number;
    /** Events received by each page. */
    events: number;
    pages: { place: string; sizes: Size[] }[];
  };
}
interface Machine {
  on: string;
  cpu: string;
  memory: number;
  load: number;
}
type Kept = { [Part in keyof Figures]?: Figures[Part] & Machine };

const kept = (): Kept => (existsSync(FIGURES) ? (JSON.parse(readFileSync(FIGURES, 'utf8')) as Kept) : {});

/** Stores the measurements of a part, and the machine. */
export function keepFigures(figures: Partial<Figures>): void {
  const machine: Machine = {
    on: new Date().toISOString().slice(0, 10),
    cpu: `${cpus().length} × ${cpus()[0]!.model}`,
    memory: Math.round(totalmem() / 2 ** 30),
    load: loadavg()[0]!,
  };
  const now = Object.fromEntries(
    Object.entries(figures).map(([part, measured]) => [part, { ...machine, ...measured }]),
  );
  writeFileSync(FIGURES, `${JSON.stringify({ ...kept(), ...now }, undefined, 2)}\n`);
}

/** Writes the page of benchmarks. */
export async function writePageReport(): Promise<void> {
  const { speed, search, watch } = kept();
  writeFileSync(
    PAGE,
    `# The page of a site

Written by \`npm run bench:page\`, in headless Chromium, with a hub and a child on the same machine.

| what | unit | goal | measured |
| --- | --- | --- | --- |
${[...(speed ? speedRows(speed) : []), ...(search ? searchRows(search) : []), ...(watch ? watchRows(watch) : [])].map(lineOf).join('\n')}

${[...(speed ? [speedNotes(speed)] : []), ...(search ? [searchNotes(search)] : []), ...(watch ? [watchNotes(watch)] : [])].join('\n')}
`,
  );
  console.log(`written: ${PAGE}`);
}

type Row = [what: string, unit: string, goal: number | undefined, value: number];

function lineOf([what, unit, goal, value]: Row): string {
  const shown = Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(1);
  const missed = goal !== undefined && value > goal ? ' (**missed**)' : '';
  return `| ${what}${missed} | ${unit} | ${goal === undefined ? '' : `≤ ${goal}`} | ${shown} |`;
}

const onMachine = ({ on, cpu, memory, load }: Machine) =>
  `${on}, ${cpu}, ${memory} GB, load average at the end ${load.toFixed(1)}`;
const inWords = (count: number) => Math.round(count).toLocaleString('en');

function speedRows({ scripts, click, load, entries, large }: Figures['speed']): Row[] {
  return [
    ['script transferred by the first load, compressed', 'KB', 100, scripts / 1000],
    ['directory of 1,000 entries, from the click until painted', 'ms', 300, click],
    ['the same from its URL, including page and session', 'ms', undefined, load],
    [`directory of ${inWords(entries)} entries, from its URL`, 'ms', undefined, median(large.open)],
    ['the same: to the last entry with the End key', 'ms', undefined, median(large.end)],
    ['the same: sort by size', 'ms', undefined, median(large.sort)],
  ];
}

const speedNotes = (speed: Figures['speed'] & Machine) =>
  `- Times: ${onMachine(speed)}. Painted: the second frame after all visible rows show an entry. Medians of several runs.`;

const searchRows = ({ heads, asked }: Figures['search']): Row[] =>
  asked.map(({ what, ms }) => [`search among ${inWords(heads)} names: ${what}`, 'ms', 100, ms]);

const searchNotes = (search: Figures['search'] & Machine) =>
  `- Searches: ${onMachine(search)}. From request to response over HTTP, once all names have been read. Medians of several runs.`;

function watchRows(watch: Figures['watch']): Row[] {
  return watch.pages.flatMap(({ place, sizes }): Row[] => [
    [`heap growth of ${place} over the ${inWords(DAY)} events of a busy day`, 'MB', 20, perDay(sizes, 'heap') / MB],
    [`${place}: growth in DOM elements`, '', 100, perDay(sizes, 'nodes')],
    [`${place}: growth in event listeners`, '', 10, perDay(sizes, 'listeners')],
  ]);

  /** Growth for the number of events in a day. */
  function perDay(sizes: Size[], key: keyof Size): number {
    const eventsPerLook = watch.events / sizes.length;
    return (slope(sizes.map((size) => size[key])) / Math.max(1, eventsPerLook)) * DAY;
  }
}

function watchNotes(watch: Figures['watch'] & Machine): string {
  const { minutes, changes, restarts, events, pages } = watch;
  const all = (key: keyof Size, shown: (value: number) => string) =>
    pages.map(({ place, sizes }) => `${place}: ${sizes.map((size) => shown(size[key])).join(', ')}`).join('; ');
  const scale =
    events >= DAY
      ? `a busy day has ${inWords(DAY)}, so only the quiet hours between them are extrapolated`
      : `a busy day has ${(DAY / events).toFixed(1)} times as many, so the growth is multiplied by that`;
  return `- Growth: ${onMachine(watch)}. For ${inWords(minutes)} minutes files of the office were changed, ${inWords(changes)} times in all; each open page received ${inWords(events)}
  events (${scale}). The office's agent was killed ${restarts} times, and the pages reconnected. Memory was measured ${pages[0]!.sizes.length} times at
  equal intervals after garbage collection; growth is the median slope between any two measurements. The heap varies by some 0.3 MB.
- Measurements: heap in MB: ${all('heap', (value) => (value / MB).toFixed(2))}. DOM elements: ${all('nodes', String)}. Event listeners: ${all('listeners', String)}.`;
}
