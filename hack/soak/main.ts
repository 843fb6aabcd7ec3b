import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { Violations } from './invariants.ts';
import { type RunOptions, run } from './run.ts';
import { episode, INGREDIENTS, type Ingredient } from './script.ts';
import { shrink } from './shrink.ts';
import type { Script } from './step.ts';

interface Options {
  minutes: number;
  seed: number;
  engine: Script['engine'];
  without: Ingredient[];
  replay?: string;
  out: string;
  restSeconds: number;
  shrinkMinutes: number;
}

const program = new Command('npm run soak --')
  .description('Six real sites with random users and faults; checks the guarantees in docs/reliability.md.')
  .option('--minutes <n>', 'start no episode after this many minutes', positive, 5)
  .option(
    '--seed <n>',
    'seed that determines what happens; printed, so that a run can be repeated',
    positive,
    Date.now() % 1_000_000,
  )
  .addOption(new Option('--engine <name>', 'database engine').choices(['mariadb', 'mysql']).default('mariadb'))
  .option('--without <what>', `leave out some of: ${INGREDIENTS.join(',')}`, ingredients, [])
  .option('--replay <file>', 'repeat the run in this file: the script.json of an earlier run')
  .option('--out <dir>', 'directory for the script and, on failure, the logs', join(tmpdir(), 'sitesync-soak'))
  .option('--rest-seconds <n>', 'how long the network may take to settle', positive, 180)
  .option('--shrink-minutes <n>', 'search this long for a shorter script that fails too', positive, 0)
  .parse();
const options = program.opts<Options>();

const replayed =
  options.replay === undefined ? undefined : (JSON.parse(readFileSync(options.replay, 'utf8')) as Script);
const seed = replayed?.seed ?? options.seed;
const engine = replayed?.engine ?? options.engine;
const out = join(options.out, `${engine}-${seed}`);
mkdirSync(out, { recursive: true });
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
const began = Date.now();
const say = (line: string) => console.log(`${String(Math.round((Date.now() - began) / 1000)).padStart(5)} s  ${line}`);

function settings(name: string, next: RunOptions['next']): RunOptions {
  return {
    seed,
    engine,
    work: join(out, name),
    restLimitMs: options.restSeconds * 1000,
    signal: stopping.signal,
    next,
    say,
    keep(data, evidence, done) {
      const logs = join(out, `${name}-logs`);
      keepLogs(data, logs);
      writeFileSync(join(logs, 'done.log'), done.map((line) => `${line}\n`).join(''));
      const { versions } = evidence;
      writeFileSync(join(logs, 'versions.json'), versions.map((row) => `${JSON.stringify(row)}\n`).join(''));
    },
  };
}

const upTo = (script: Script) => (number: number) => script.episodes[number];
const without = new Set(options.without);
let end = 0;
/** The minutes count from when the network is up. */
const made = (number: number) => {
  if (number === 0) end = Date.now() + options.minutes * 60_000;
  return number === 0 || Date.now() < end ? episode(seed, number, without) : undefined;
};

say(`seed ${seed} on ${engine}`);
const { script, violations, overwrittenAtHome } = await run(
  settings('network', replayed ? upTo(replayed) : made),
).catch((error: Error) => {
  console.error(`\nNOT RUN: ${error.message}`);
  process.exit(2);
});
const file = join(out, 'script.json');
writeFileSync(file, JSON.stringify(script));
say(`${overwrittenAtHome} contents were overwritten by a person before they had left the office`);
tell(violations);
if (violations.size > 0 && options.shrinkMinutes > 0) {
  const failsAlike = async (candidate: Script) => {
    const again = await run(settings('shrinking', upTo(candidate)));
    return [...again.violations.keys()].some((name) => violations.has(name));
  };
  const shortest = await shrink(script, failsAlike, options.shrinkMinutes * 60_000, say);
  writeFileSync(join(out, 'shrunk.json'), JSON.stringify(shortest));
  say(`the shortest failing script is in ${join(out, 'shrunk.json')}`);
}
process.exit(violations.size > 0 ? 1 : 0);

function tell(found: Violations): void {
  for (const [name, list] of found) {
    console.log(`\nVIOLATED: ${name}`);
    for (const line of list.slice(0, 10)) console.log(`  ${line}`);
    if (list.length > 10) console.log(`  and ${list.length - 10} more`);
  }
  writeFileSync(join(out, 'violations.json'), JSON.stringify([...found], null, 2));
  console.log(
    found.size === 0
      ? `\nPASSED: seed ${seed} on ${engine}, ${script.episodes.length} episodes`
      : `\nFAILED: seed ${seed} on ${engine}. Logs: ${out}. Again: npm run soak -- --replay ${file}`,
  );
}

/** The files that show what happened: logs, plans. No keys, databases or trees. */
function keepLogs(data: string, to: string): void {
  cpSync(data, to, { recursive: true, filter: (path) => !/\/(ca|secrets|state|folders|run)$/.test(path) });
}

function positive(text: string): number {
  const n = Number(text);
  if (!(n >= 0)) throw new InvalidArgumentError('It is not a number of 0 or more.');
  return n;
}

function ingredients(text: string): Ingredient[] {
  const names = text.split(',') as Ingredient[];
  const unknown = names.filter((name) => !INGREDIENTS.includes(name));
  if (unknown.length > 0) throw new InvalidArgumentError(`There is no ${unknown.join(', ')}.`);
  return names;
}
