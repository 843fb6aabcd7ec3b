import { type Random, randomOf } from './random.ts';
import { EDGE_NAMES, IGNORE_RULE, SITES, type SiteName, SMALL_DISKS } from './star.ts';
import { type Deed, type Fault, LINK_FAULTS, PROCESSES, PUT_BACK, type Step, type Style } from './step.ts';

/** The kinds of steps in a script; each may be left out. */
export const INGREDIENTS = [
  'kill',
  'stop',
  'link',
  'disk',
  'away',
  'crash',
  'putBack',
  'apply',
  'dates',
  'late',
  'hardLinks',
] as const;
export type Ingredient = (typeof INGREDIENTS)[number];

/** How long people and faults continue before everything is healed and must settle, in ms. */
export const STORM_MS = 75_000;
/** The average time between two actions of people, across all sites, in ms. */
const GAP_MS = 220;

const DIRECTORIES = ['', 'plans', 'plans/old', 'Bridge', 'Bridge/north side', 'offers', 'tmp'];
const NAMES = ['a.txt', 'B.dwg', 'ünïcode näme.txt', '-dash.csv', 'report.docx', 'new\nline'];
/** Few, so that people collide. */
const FILES = DIRECTORIES.flatMap((dir) => NAMES.map((name) => (dir === '' ? name : `${dir}/${name}`)));
const LINKS = ['shortcut', 'plans/shortcut', 'Bridge/shortcut'];
const IGNORED = ['plans/cache.ign', 'tmp/cache.ign'];
const MOVABLE = [
  'plans',
  'plans/old',
  'Bridge/north side',
  'offers',
  'tmp',
  'offers moved',
  'tmp moved',
  'plans/deeper',
];

/**
 * One episode: what people and faults do, in order of time. Pure: determined by seed and number alone. Faults that stop the
 * supervisor or a whole site never overlap each other; all others may.
 */
export function episode(seed: number, number: number, without: ReadonlySet<Ingredient>): Step[] {
  const random = randomOf(`${seed}/${number}`);
  const steps: Step[] = [];
  const add = (at: number, site: SiteName, what: Deed | Fault) =>
    steps.push({ id: `${number}.${steps.length}`, at: Math.round(at), site, ...what });
  for (let at = 0; at < STORM_MS; at += random.float(0, 2 * GAP_MS)) {
    // Now and then one person does a lot at once, and sometimes everybody saves the same file.
    const site = random.pick(SITES);
    const burst = random.float(0, 1) < 0.03 ? random.int(5, 25) : 1;
    for (let i = 0; i < burst; i++) add(at + i * 3, site, deed(random, without));
    if (random.float(0, 1) < 0.02) {
      const path = random.pick(FILES);
      for (const other of SITES) add(at + random.float(0, 400), other, save(random, path, without));
    }
  }
  addFaults(random, without, add);
  return steps.sort((a, b) => a.at - b.at);
}

const WEIGHTS: Record<Deed['do'], number> = {
  save: 62,
  rename: 8,
  remove: 7,
  copy: 4,
  chmod: 3,
  touch: 3,
  symlink: 2,
  hardLink: 2,
  flip: 1,
  mkdir: 1,
  moveDirectory: 3,
  removeDirectory: 1,
};

/** Something that a person does. */
export function deed(random: Random, without: ReadonlySet<Ingredient>): Deed {
  const what = random.weighted({ ...WEIGHTS, hardLink: without.has('hardLinks') ? 0 : WEIGHTS.hardLink });
  const path = random.pick(FILES);
  const to = random.pick(FILES);
  switch (what) {
    case 'save':
      return save(random, random.float(0, 1) < 0.03 ? random.pick(IGNORED) : path, without);
    case 'rename':
      // To the same name in another case, or to another name.
      return { do: what, path, to: random.float(0, 1) < 0.2 ? otherCase(path) : to };
    case 'copy':
    case 'hardLink':
      return { do: what, path, to };
    case 'chmod':
      return { do: what, path, mode: random.pick([0o644, 0o600, 0o664, 0o755, 0o444]) };
    case 'touch':
      return { do: what, path, mtime: dateOf(random, without) };
    case 'symlink':
      return { do: what, path: random.pick(LINKS), target: random.pick(['plans', 'nowhere', '../..', path]) };
    case 'moveDirectory':
      return { do: what, path: random.pick(MOVABLE), to: random.pick(MOVABLE) };
    case 'mkdir':
    case 'removeDirectory':
      return { do: what, path: random.pick(MOVABLE) };
    default:
      return { do: what, path };
  }
}

const STYLE_WEIGHTS: Record<Style, number> = {
  inPlace: 4,
  truncate: 5,
  replace: 5,
  office: 4,
  append: 3,
  halves: 1,
  late: 1,
};

function save(random: Random, path: string, without: ReadonlySet<Ingredient>): Deed {
  const style = random.weighted({ ...STYLE_WEIGHTS, late: without.has('late') ? 0 : STYLE_WEIGHTS.late });
  const size = random.weighted({ row: 70, small: 25, large: 4, huge: 1 });
  const most = { row: 3000, small: 60_000, large: 600_000, huge: 3_000_000 }[size];
  return { do: 'save', path, style, size: random.int(most / 30, most), pauseMs: random.int(300, 6000) };
}

const otherCase = (path: string) =>
  path.replace(/[^/]*$/, (name) => (name === name.toLowerCase() ? name.toUpperCase() : name.toLowerCase()));

/** Unix seconds. */
function dateOf(random: Random, without: ReadonlySet<Ingredient>): number {
  if (!without.has('dates') && random.float(0, 1) < 0.1) return random.pick([-2_000_000_000, 0, 10_413_792_000]);
  return random.int(1_000_000_000, 1_900_000_000);
}

function addFaults(
  random: Random,
  without: ReadonlySet<Ingredient>,
  add: (at: number, site: SiteName, what: Fault) => void,
): void {
  const may = (ingredient: Ingredient, weight: number) => (without.has(ingredient) ? 0 : weight);
  const small = { kill: may('kill', 6), stop: may('stop', 2), link: may('link', 5), disk: may('disk', 2) };
  if (Object.values(small).some((weight) => weight > 0)) {
    for (let at = random.float(1000, 6000); at < STORM_MS - 5000; at += random.float(2000, 12_000))
      add(...smallFault(random, small, at));
  }
  const large = { away: may('away', 3), crash: may('crash', 1), putBack: may('putBack', 2), apply: may('apply', 2) };
  if (Object.values(large).every((weight) => weight === 0)) return;
  for (let at = random.float(3000, 25_000); at < STORM_MS - 25_000; ) {
    const site = random.pick(SITES);
    const ms = random.int(2000, 20_000);
    const fault = random.weighted(large);
    if (fault === 'putBack') {
      const what = random.pick(PUT_BACK);
      add(0, site, { fault: 'copy', what });
      add(at, site, { fault, what, ms });
    } else if (fault === 'apply') {
      add(at, site, { fault, ignore: random.pick([[], [IGNORE_RULE]]), keep: random.pick([10_000, 9000]) });
    } else add(at, site, { fault, ms });
    at += ms + random.float(12_000, 40_000);
  }
}

function smallFault(
  random: Random,
  weights: Record<'kill' | 'stop' | 'link' | 'disk', number>,
  at: number,
): [number, SiteName, Fault] {
  const site = random.pick(SITES);
  // The agent has the most to lose.
  const process = random.float(0, 1) < 0.5 ? 'agent' : random.pick(PROCESSES);
  const ms = random.int(500, 15_000);
  switch (random.weighted(weights)) {
    case 'kill':
      return [at, site, { fault: 'kill', process }];
    case 'stop':
      return [at, site, { fault: 'stop', process, ms }];
    case 'link':
      return [at, site, { fault: 'link', edge: random.pick(EDGE_NAMES), how: random.pick(LINK_FAULTS), ms }];
    default:
      return [at, random.pick(SMALL_DISKS), { fault: random.pick(['diskFull', 'readOnly'] as const), ms }];
  }
}
