import type { BytePath } from '../../base/bytes.ts';
import { delay } from '../../base/delay.ts';
import { Refused } from '../../base/refused.ts';
import type { OpenFolder } from '../fs/folder.ts';
import type { Links } from '../link/links.ts';
import { mustAnswer } from '../site/must-answer.ts';
import type { Site } from '../site/site.ts';
import { type Damage, reload } from '../store/damage.ts';
import { type IndexEntry, loadIndex } from '../store/index-entry.ts';
import { inBatches, indexBelow } from '../store/index-tree.ts';
import { refOf } from '../store/path-ref.ts';
import { loadProgress } from '../store/verified.ts';
import { archivedOf, verifyArchived } from './archive.ts';
import { heal } from './heal.ts';
import { createReader, type Reader } from './reader.ts';
import { beginRound, nextPart, within } from './round.ts';
import { compareAllRows } from './rows/follow.ts';
import { type Verified, verifyEntries } from './tree.ts';

/** A requested verification. */
export interface Run {
  id: number;
  state: 'reading' | 'healing' | 'done';
  folders: FolderRun[];
  /** Journal rows that were copied again; undefined when they were not compared because only a part was requested. */
  rowsRepaired?: number;
  /** Why it could not be carried out. */
  error?: string;
}

/** One folder of it. */
interface FolderRun {
  folder: string;
  path: BytePath;
  files: number;
  archived: number;
  bytes: number;
  damaged: Damage[];
  failed: string[];
}

/** How long the run waits for files to be fetched again (ms). Archived content that nobody has is not waited for. */
const PATIENCE_MS = 20_000;
const POLL_MS = 250;
/** Runs whose results are remembered. */
const REMEMBERED = 16;
/** Findings and failures that are reported per folder. */
const TOLD = 1000;

export interface Runs {
  /** Starts to verify everything, or one folder, or what is at and below a path. Throws {@link Refused}. */
  begin(folder: string | undefined, path: BytePath): Promise<Run>;
  find(id: number): Run | undefined;
}

export function createRuns(site: Site, links: Links): Runs {
  const runs: Run[] = [];
  let ids = 0;

  return {
    async begin(name, path) {
      const open = [...site.folders.values()].filter(({ plan }) => name === undefined || plan.name === name);
      if (open.length === 0 && name !== undefined)
        throw new Refused(`${site.plan.site} does not have the folder "${name}", or its disk is unavailable`, 404);
      if (path !== '' && !(await loadIndex(site.store.db, [refOf(name!, path)])).size)
        throw new Refused(
          `this path is not known at ${site.plan.site}: see "sitesync ls ${site.plan.site} ${name}"`,
          404,
        );
      const folders = open.map(({ plan }) => ({ ...nothing(), folder: plan.name, path }));
      const run: Run = { id: ++ids, state: 'reading', folders };
      runs.push(run);
      if (runs.length > REMEMBERED) runs.shift();
      const work = async () => {
        await carryOut(site, links, run, open);
        if (name === undefined) run.rowsRepaired = await compareAllRows(site, links);
        run.state = 'done';
      };
      work().catch((error: Error) => {
        Object.assign(run, { state: 'done', error: error.message });
        site.log.warn({ err: error }, 'a requested verification failed');
      });
      return run;
    },
    find: (id) => runs.find((run) => run.id === id),
  };
}

const nothing = () => ({ files: 0, archived: 0, bytes: 0, damaged: [], failed: [] });

async function carryOut(site: Site, links: Links, run: Run, open: OpenFolder[]): Promise<void> {
  const reader = createReader();
  const stop = () => reader.close();
  site.signal.addEventListener('abort', stop, { once: true });
  try {
    for (const [i, folder] of open.entries()) {
      await mustAnswer(site, folder);
      const part = run.folders[i]!;
      if (part.path === '') await readFolder(site, folder, reader, part);
      else await readPath(site, folder, reader, part);
    }
  } finally {
    site.signal.removeEventListener('abort', stop);
    reader.close();
  }
  run.state = 'healing';
  const until = performance.now() + PATIENCE_MS;
  for (
    let left = await lookAgain(site, run);
    left.length > 0 && !site.signal.aborted;
    left = await lookAgain(site, run)
  ) {
    await heal(site, links, left);
    const isWaiting = left.some(({ place }) => place === 'tree') && links.peers().length > 0;
    if (!isWaiting || performance.now() > until) break;
    await delay(POLL_MS, site.signal);
  }
  await lookAgain(site, run);
}

/** Updates the state of the findings. Returns those that are not repaired. */
async function lookAgain(site: Site, run: Run): Promise<Damage[]> {
  for (const part of run.folders) part.damaged = await reload(site.store.db, part.damaged);
  return run.folders.flatMap(({ damaged }) => damaged).filter(({ healedAt }) => healedAt === undefined);
}

/** A round of its own: it counts as the folder's last one. */
async function readFolder(site: Site, folder: OpenFolder, reader: Reader, part: FolderRun): Promise<void> {
  const { name } = folder.plan;
  let progress = await beginRound(site, name, (await loadProgress(site.store.db)).get(name));
  while (progress.phase !== 'done') {
    const { tree, archive, ...next } = await nextPart(site, folder, reader, progress);
    add(part, tree, archive);
    progress = next.progress;
  }
}

async function readPath(site: Site, folder: OpenFolder, reader: Reader, part: FolderRun): Promise<void> {
  const self = [...(await loadIndex(site.store.db, [refOf(folder.plan.name, part.path)])).values()];
  async function* entries(): AsyncGenerator<IndexEntry> {
    yield* self;
    if (self[0]?.kind === 'dir') yield* indexBelow(site.store.db, folder.plan.name, part.path);
  }
  for await (const batch of inBatches(entries())) {
    for (let rest = batch; rest.length > 0; ) {
      const some = within(rest);
      rest = rest.slice(some.length);
      add(part, await verifyEntries(site, folder, reader, some));
    }
    const contents = await archivedOf(
      site.store.db,
      batch.map(({ ref }) => ref.pathKey),
    );
    add(part, undefined, await verifyArchived(site, folder, reader, contents));
  }
}

function add(to: FolderRun, tree: Verified | undefined, archive?: Verified): void {
  to.files += tree?.files ?? 0;
  to.archived += archive?.files ?? 0;
  for (const one of [tree, archive]) {
    if (!one) continue;
    to.bytes += one.bytes;
    to.damaged = [...to.damaged, ...one.damaged].slice(0, TOLD);
    to.failed = [...to.failed, ...one.failed].slice(0, TOLD);
  }
}
