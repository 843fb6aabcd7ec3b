import type { BytePath } from '../../base/bytes.ts';
import type { Clock } from '../../base/clock.ts';
import type { Disk } from '../fs/disk.ts';
import type { DirectoryReport, Settling } from '../fs/facts.ts';
import { CHANGING, settleSmall } from '../fs/stable-file.ts';
import { openTree, type Tree } from '../fs/tree.ts';
import { codeOf } from '../fs/unreadable.ts';
import { createFolderScout, type FolderScout } from './folder-scout.ts';
import type { FromWorker, ToWorker } from './protocol.ts';

/** How many facts travel in one message. */
const FACTS_PER_MESSAGE = 2000;
const GATHER_MS = 200;
/** Hashing yields after this long (ms), so that events are read in time. */
const SLICE_MS = 20;

/** The dependencies of the scouts. */
interface ScoutsDeps {
  disk: Disk;
  clock: Clock;
  tell(message: FromWorker): void;
}

/**
 * Observes the folders on one disk: walks, watches and hashes small files. It runs in a thread of its own, so that the
 * agent's event loop never waits for a disk, and no disk waits for another. It sends one batch at a time and waits until
 * that is processed: nothing queues up between the threads.
 * @returns the handler of the agent's messages
 */
export function createScouts({ disk, clock, tell }: ScoutsDeps): (message: ToWorker) => void {
  const scouts = new Map<string, { scout: FolderScout; root: string }>();
  let release: (() => void) | undefined;
  let busy = false;
  /** Cancels the next check. */
  let timer: (() => void) | undefined;

  /** By folder: findings that were not sent yet. */
  const unsent = new Map<string, number>();
  const countUnsent = (folder: string, n: number) => unsent.set(folder, (unsent.get(folder) ?? 0) + n);

  /** Sends a batch once the previous one was processed, and resolves when this one is. */
  let turn: Promise<void> = Promise.resolve();
  function deliver(folder: string, message: FromWorker): Promise<void> {
    countUnsent(folder, 1);
    turn = turn.then(
      () =>
        new Promise<void>((resolve) => {
          release = resolve;
          countUnsent(folder, -1);
          tell(message);
        }),
    );
    return turn;
  }

  /** Delivers everything that is quiet, folder by folder; then sleeps until the next path becomes quiet. */
  async function drain(): Promise<void> {
    if (busy) return;
    busy = true;
    try {
      for (;;) {
        let found = false;
        for (const [folder, { scout }] of scouts) {
          const findings = scout.takeQuiet();
          if (!findings) continue;
          found = true;
          await deliver(folder, { tell: 'findings', findings });
          tellState(folder);
        }
        if (!found) break;
      }
    } finally {
      busy = false;
    }
    schedule();
  }

  /** Sleeps until the next path becomes quiet, and reports what is pending. */
  function schedule(): void {
    if (busy || timer) return;
    const waits = [...scouts.values()].map(({ scout }) => scout.msToQuiet()).filter((ms) => ms !== undefined);
    for (const folder of scouts.keys()) tellState(folder);
    if (waits.length === 0) return;
    timer = clock.after(Math.max(5, Math.min(...waits)), () => {
      timer = undefined;
      void drain();
    });
  }

  function tellState(folder: string): void {
    const entry = scouts.get(folder);
    if (!entry) return;
    const { count, first } = entry.scout.waiting();
    const waiting = { count: count + (unsent.get(folder) ?? 0), first };
    tell({ tell: 'state', folder, state: entry.scout.state(), waiting, overflowed: entry.scout.overflowed() });
  }

  function poll(id: number): void {
    for (const [folder, { scout }] of scouts) {
      scout.poll();
      tellState(folder);
    }
    tell({ tell: 'here', id });
  }

  async function pass({ id, folder, digests }: Extract<ToWorker, { ask: 'pass' }>): Promise<void> {
    const entry = scouts.get(folder);
    if (!entry) return tell({ tell: 'passed', id, result: { error: `the folder ${folder} is closed` } });
    let batch: DirectoryReport[] = [];
    let facts = 0;
    let since = 0;
    const flush = async () => {
      const reports = batch;
      batch = [];
      facts = 0;
      if (reports.length === 0) return;
      countUnsent(folder, -reports.length);
      await deliver(folder, { tell: 'report', folder, reports });
    };
    try {
      const result = await entry.scout.pass(digests, async (report) => {
        if (batch.length === 0) since = clock.monotonic();
        batch.push(report);
        countUnsent(folder, 1);
        facts += report.facts.length + 1;
        if (facts >= FACTS_PER_MESSAGE || clock.monotonic() - since >= GATHER_MS) await flush();
      });
      await flush();
      tellState(folder);
      tell({ tell: 'passed', id, result });
    } catch (error) {
      countUnsent(folder, -batch.length);
      tell({ tell: 'passed', id, result: { error: (error as Error).message } });
    }
  }

  async function settle({ id, folder, paths, inlineMax }: Extract<ToWorker, { ask: 'settle' }>): Promise<void> {
    const results: Settling[] = [];
    try {
      const root = scouts.get(folder)?.root;
      if (root === undefined) throw new Error(`the folder ${folder} is closed`);
      for (let next = 0; next < paths.length; await clock.giveWay())
        next = settleSlice(root, paths, next, inlineMax, results);
    } catch (error) {
      for (const path of paths.slice(results.length)) results.push({ path, error: codeOf(error) });
    }
    tell({ tell: 'settled', id, results });
  }

  /** Settles paths from index `next` on until its time is up, and returns the next index. */
  function settleSlice(root: string, paths: BytePath[], next: number, inlineMax: number, results: Settling[]): number {
    const end = clock.monotonic() + SLICE_MS;
    const tree = openTree({ root, disk });
    try {
      while (next < paths.length && clock.monotonic() < end) results.push(settleOne(tree, paths[next++]!, inlineMax));
    } finally {
      tree.close();
    }
    return next;
  }

  return (message) => {
    switch (message.ask) {
      case 'open': {
        scouts.get(message.folder)?.scout.close();
        const scout = createFolderScout(message.folder, { root: message.root, disk }, message.ignore, clock, schedule);
        scouts.set(message.folder, { scout, root: message.root });
        break;
      }
      case 'close':
        scouts.get(message.folder)?.scout.close();
        scouts.delete(message.folder);
        break;
      case 'pass':
        void pass(message);
        break;
      case 'poll':
        poll(message.id);
        break;
      case 'probe':
        for (const { scout } of scouts.values()) scout.probe();
        tell({ tell: 'here', id: message.id });
        break;
      case 'look':
        scouts.get(message.folder)?.scout.look(message.paths);
        break;
      case 'settle':
        void settle(message);
        break;
      case 'next':
        release?.();
        break;
      case 'end':
        timer?.();
        for (const { scout } of scouts.values()) scout.close();
        scouts.clear();
        break;
    }
  };
}

function settleOne(tree: Tree, path: BytePath, inlineMax: number): Settling {
  try {
    const settled = settleSmall(tree, path, inlineMax);
    return settled === CHANGING ? { path, state: 'changing' } : settled ? { path, settled } : { path, state: 'gone' };
  } catch (error) {
    return { path, error: codeOf(error) };
  }
}
