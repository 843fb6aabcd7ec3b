import type { RowDataPacket } from 'mysql2/promise';
import { transaction } from '../database/transaction.ts';
import { type Problem, ProblemError, problem, problemOf } from '../problems/problem.ts';
import type { FolderPlan } from '../topology/site-plan.ts';
import { loadPaired, pairingAt, renewMark } from './apply/pairing.ts';
import { folderRoot, type OpenFolder, openFolder, releaseFolder } from './fs/folder.ts';
import { followMode } from './journal/follow-mode.ts';
import { LEFT } from './journal/leave-folders.ts';
import { recoverFolder } from './recover-folder.ts';
import { setProblem } from './site/set-problem.ts';
import type { Site } from './site/site.ts';
import { newId } from './store/incarnation.ts';

/**
 * Opens every folder of the plan whose disk is there, and applies the plan to those that are open. A folder that cannot
 * be opened is reported in `site.folderErrors`; the others continue.
 * @param answers whether the disk of an open folder responds
 * @returns open folders whose mode changed: they need a scan
 */
export async function openFolders(site: Site, answers: (folder: string) => Promise<boolean>): Promise<string[]> {
  const remoded: string[] = [];
  const [rows] = await site.store.db.query<RowDataPacket[]>('SELECT name, adopted FROM local.folder');
  const known = new Set(rows.map((row) => String(row.name)));
  const withState = (state: number) =>
    new Set(rows.filter((row) => Number(row.adopted) === state).map((row) => String(row.name)));
  const [adopted, left] = [withState(1), withState(LEFT)];
  const paired = await loadPaired(site.store.db);
  for (const plan of site.plan.folders) {
    const stalled = site.stalled.get(plan.name);
    if (stalled) {
      // Its mode is applied when the folder is resumed.
      stalled.plan = plan;
      continue;
    }
    const open = site.folders.get(plan.name);
    if (open) {
      const before = open.plan;
      open.plan = plan;
      if (before.mode === plan.mode) continue;
      try {
        await followMode(site, plan);
        remoded.push(plan.name);
        site.folderErrors.delete(plan.name);
      } catch (error) {
        // Retried like a folder that cannot be opened.
        open.plan = before;
        setFolderError(site, plan, error as Error);
      }
      continue;
    }
    try {
      const released = await releaseSuspended(site, plan.name);
      const root = folderRoot(plan, site.dir);
      if (!(await site.disk.answersSoon(root)))
        throw new ProblemError(problem('diskSilent', { folder: plan.name, root }));
      const isUsable = async () => (await answers(plan.name)) && isThere(site, folder);
      const folder: OpenFolder = openFolder(plan, site.dir, known.has(plan.name), site.disk, isUsable, released);
      site.suspended.set(plan.name, folder);
      const pairing = pairingAt(folder, paired.get(plan.name));
      // A batch that had it open before may still be changing it.
      await site.store.lock(() => recoverFolder(site, folder, pairing));
      if (pairing !== 'paired') {
        site.log.warn(
          { folder: plan.name, pairing },
          'the tree and the database are out of step: comparing everything',
        );
        await forgetTree(site, plan.name, pairing === 'treeOlder');
        adopted.delete(plan.name);
      }
      if (!known.has(plan.name))
        await site.store.db.query('INSERT IGNORE INTO local.folder (name, since) VALUES (?, ?)', [
          plan.name,
          site.now(),
        ]);
      await followMode(site, plan);
      if (!adopted.has(plan.name)) site.adopting.add(plan.name);
      if (left.has(plan.name)) site.rejoining.add(plan.name);
      await mark(site, folder, false);
      site.folders.set(plan.name, folder);
      site.suspended.delete(plan.name);
      site.folderErrors.delete(plan.name);
    } catch (error) {
      setFolderError(site, plan, error as Error);
    }
  }
  return remoded;
}

function setFolderError(site: Site, plan: FolderPlan, error: Error): void {
  const root = folderRoot(plan, site.dir);
  const shut = (why: string) => problem('folderShut', { folder: plan.name, root, why });
  setFolderProblem(site, plan.name, problemOf(error, shut));
}

const setFolderProblem = ({ folderErrors: problems, log, plan }: Site, name: string, why: Problem) =>
  setProblem({ problems, log, plan }, name, why);

/** Suspends a folder whose disk fails, until it can be opened again. */
export function suspendFolder(site: Site, folder: OpenFolder, error: Error): void {
  setFolderError(site, folder.plan, error);
  site.folders.delete(folder.plan.name);
  site.suspended.set(folder.plan.name, folder);
}

/** Closes a suspended folder's descriptors between two batches, so that its filesystem can be unmounted. */
async function releaseSuspended(site: Site, name: string): Promise<OpenFolder | undefined> {
  const folder = site.suspended.get(name);
  if (folder) await site.store.lock(async () => releaseFolder(folder));
  return folder;
}

/**
 * Throws when the folder's disk is gone or has been replaced; the folder is then suspended until it can be opened
 * again.
 */
export function checkFolder(site: Site, folder: OpenFolder): void {
  try {
    folder.check();
  } catch (error) {
    if (site.folders.get(folder.plan.name) === folder) suspendFolder(site, folder, error as Error);
    throw error;
  }
}

function isThere(site: Site, folder: OpenFolder): boolean {
  try {
    checkFolder(site, folder);
    return true;
  } catch {
    return false;
  }
}

/**
 * Makes the first scan compare the whole tree with what the network knows: files in a known state are that state, not
 * edits. If the tree itself was replaced, its index is dropped: otherwise files that it lacks would be taken for
 * deleted.
 */
async function forgetTree(site: Site, name: string, isOtherTree: boolean): Promise<void> {
  site.store.brake.changed(name);
  await transaction(site.store.db, async (tx) => {
    await tx.query('UPDATE local.folder SET adopted = 0 WHERE name = ?', [name]);
    if (!isOtherTree) return;
    for (const table of ['`index`', 'incomplete', 'directory', 'held'])
      await tx.query(`DELETE FROM local.${table} WHERE folder = ?`, [name]);
  });
  site.store.brake.changed(name);
}

/** Marks the trees at a clean stop: copies made until the next start fit together. */
export async function endFolders(site: Site): Promise<void> {
  for (const folder of site.folders.values()) await mark(site, folder, true);
}

async function mark(site: Site, folder: OpenFolder, ended: boolean): Promise<void> {
  await renewMark(site.store.db, folder, newId(), ended).catch((error: Error) =>
    site.log.warn({ err: error, folder: folder.plan.name }, 'the mark of a tree could not be updated'),
  );
}

/** Suspends folders that are no longer in the plan, or have moved; their files stay. Returns their names. */
export function closeLeft(site: Site): Promise<string[]> {
  return site.store.lock(async () => {
    const planned = new Set(site.plan.folders.map((plan) => plan.name));
    for (const name of site.folderErrors.keys()) if (!planned.has(name)) site.folderErrors.delete(name);
    const roots = new Map(site.plan.folders.map((plan) => [plan.name, folderRoot(plan, site.dir)]));
    for (const [name, folder] of site.stalled) {
      if (roots.get(name) === folder.root) continue;
      site.stalled.delete(name);
      site.suspended.set(name, folder);
    }
    const left = [...site.folders.values()].filter(({ plan, root }) => roots.get(plan.name) !== root);
    for (const folder of left) {
      site.folders.delete(folder.plan.name);
      site.suspended.set(folder.plan.name, folder);
    }
    // Those still in the plan are released when they are opened again.
    for (const [name, folder] of site.suspended) if (!planned.has(name)) releaseFolder(folder);
    return left.map(({ plan }) => plan.name);
  });
}

/** Sets a folder aside whose disk no longer responds: to everything else its disk is away. */
export function putAside(site: Site, name: string): void {
  const folder = site.folders.get(name);
  if (!folder) return;
  site.stalled.set(name, folder);
  site.folders.delete(name);
  setFolderProblem(site, name, problem('diskSilent', { folder: name, root: folder.root }));
}

/** Resumes a folder that was set aside. May be repeated after a failure. */
export async function takeUp(site: Site, name: string): Promise<void> {
  const folder = site.stalled.get(name);
  if (!folder) return;
  // First, so that no head is missed that arrives meanwhile.
  site.folders.set(name, folder);
  await followMode(site, folder.plan);
  site.stalled.delete(name);
  site.folderErrors.delete(name);
  site.log.info({ folder: name }, 'the disk of a folder responds again');
}

/** The first scan has seen the whole tree: from now on, a path that is not in the index is new. */
export async function endAdoption(site: Site, name: string): Promise<void> {
  if (!site.adopting.has(name)) return;
  await site.store.db.query('UPDATE local.folder SET adopted = 1 WHERE name = ?', [name]);
  site.adopting.delete(name);
  site.rejoining.delete(name);
}
