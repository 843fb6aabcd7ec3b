import { createHash } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AgentStatus } from '../../src/agent/queries/status.ts';
import { missingOf } from '../../src/cli/sites/missing.ts';
import { FOUR_SITES, startSites } from '../support/agents.ts';
import { treeOf } from '../support/tree.ts';
import { until } from '../support/until.ts';

/** SITESYNC_RUNS=100 searches for longer; SITESYNC_SEED repeats a run that failed, and its steps are reduced to the few that matter. */
const RUNS = Number(process.env.SITESYNC_RUNS ?? 3);
const SEED = process.env.SITESYNC_SEED === undefined ? undefined : Number(process.env.SITESYNC_SEED);

const SITES = ['australia', 'brazil', 'germany', 'newzealand'] as const;
const PATHS = ['a', 'b', 'A', 'd', 'd/a', 'd/b', 'd/e', 'd/e/a', 'f', 'f/a', 'f/g/a'] as const;

const path = fc.constantFrom(...PATHS);
const step = fc.record({
  site: fc.constantFrom(...SITES),
  pauseMs: fc.constantFrom(0, 0, 0, 5, 40, 200),
  what: fc.oneof(
    { weight: 5, arbitrary: fc.record({ do: fc.constant('write' as const), path, large: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('append' as const), path }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('remove' as const), path }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('move' as const), path, to: path }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('makeDirectory' as const), path }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('link' as const), path }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('mode' as const), path }) },
  ),
});
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

let sites: Awaited<ReturnType<typeof startSites>>;
let round = 0;
let written = 0;

beforeAll(async () => {
  sites = await startSites(FOUR_SITES);
  await calm();
});
afterAll(() => sites?.stop());

const root = (site: string) => join(sites.get(site).root, `round-${round}`);
const trees = () => SITES.map((site) => treeOf(root(site)));

/** What a person does; skips what is impossible there (the directory is a file by now). */
function perform({ site, what }: Step): void {
  const at = join(root(site), what.path);
  try {
    mkdirSync(dirname(at), { recursive: true });
    if (what.do === 'write') writeFileSync(at, `${++written} by ${site} `.repeat(what.large ? 3000 : 1));
    else if (what.do === 'append') appendFileSync(at, `${++written} by ${site}`);
    else if (what.do === 'remove') rmSync(at, { recursive: true });
    else if (what.do === 'move') renameSync(at, join(root(site), what.to));
    else if (what.do === 'makeDirectory') mkdirSync(at);
    else if (what.do === 'link') symlinkSync(`to-${++written}`, at);
    else chmodSync(at, 0o600);
  } catch (error) {
    if (
      !['ENOENT', 'EEXIST', 'ENOTDIR', 'EISDIR', 'ENOTEMPTY', 'EINVAL'].includes(
        (error as NodeJS.ErrnoException).code ?? '',
      )
    )
      throw error;
  }
}

/** Everything on every disk is in the journal, and every site holds what any of them knows. */
async function calm(): Promise<void> {
  const settle = async (site: ReturnType<typeof sites.all>[number]) => {
    const answer = await site.api('/api/v1/settle', { method: 'POST' });
    return { plan: site.plan, status: (await answer.json()) as AgentStatus };
  };
  let missing: string[] = [];
  await until(
    async () => {
      missing = missingOf(await Promise.all(sites.all().map(settle)));
      return missing.length === 0;
    },
    60_000,
    'calm',
  ).catch((error: Error) => {
    throw new Error(`${error.message}: ${missing.join('; ')}`);
  });
}

const isContent = (entry: string) => entry.startsWith('file ');
const contentOf = (entry: string) => entry.split(' ').at(-1)!;
const contents = (tree: Record<string, string>) => new Set(Object.values(tree).filter(isContent).map(contentOf));

/** What a site has that was not at that path before: somebody there made or moved it. */
function edits(before: Record<string, string>, after: Record<string, string>): Set<string> {
  const changed = Object.entries(after).filter(
    ([name, entry]) => isContent(entry) && contentOf(entry) !== contentOf(before[name] ?? ''),
  );
  return contents(Object.fromEntries(changed));
}

function isArchived(hash: string): boolean {
  return SITES.some((site) => {
    const file = join(sites.get(site).root, '.sitesync/archive', hash.slice(0, 2), hash);
    return existsSync(file) && createHash('sha256').update(readFileSync(file)).digest('hex') === hash;
  });
}

function expectEqual(): Record<string, string> {
  const [first, ...others] = trees();
  for (const [i, tree] of others.entries())
    expect({ site: SITES[i + 1], tree }).toEqual({ site: SITES[i + 1], tree: first });
  return first!;
}

it(
  'whatever is done anywhere, connected or cut off: all end alike, an edit of a site that was cut off is in the tree, and nothing is lost',
  async () => {
    const run = async (together: Step[], apart: Step[]) => {
      round++;
      for (const site of SITES) mkdirSync(root(site));
      await calm();
      for (const one of together) {
        perform(one);
        if (one.pauseMs > 0) await sleep(one.pauseMs);
      }
      const seen = trees();
      await calm();
      const before = expectEqual();
      // What all had agreed on, or had before somebody who saw it replaced it, is in the tree or in an archive.
      for (const hash of seen.flatMap((tree) => [...contents(tree)]))
        expect({ hash, kept: contents(before).has(hash) || isArchived(hash) }).toEqual({ hash, kept: true });

      await Promise.all(sites.all().map((site) => site.killAgent()));
      for (const one of apart) perform(one);
      const changed = trees().map((tree) => edits(before, tree));
      const present = trees().map(contents);
      await Promise.all(sites.all().map((site) => site.startAgent()));
      await calm();
      const after = expectEqual();
      const found = contents(after);
      for (const [i, made] of changed.entries())
        for (const hash of made)
          expect({ by: SITES[i], hash, inTree: found.has(hash) }).toEqual({ by: SITES[i], hash, inTree: true });
      for (const hash of [contents(before), ...present].flatMap((all) => [...all]))
        expect({ hash, kept: found.has(hash) || isArchived(hash) }).toEqual({ hash, kept: true });
    };
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), fc.array(step, { minLength: 1, maxLength: 16 }), run),
      { numRuns: RUNS, ...(SEED === undefined ? { endOnFailure: true } : { seed: SEED }) },
    );
  },
  (RUNS + 2) * 60_000,
);
