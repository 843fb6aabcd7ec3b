import { readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { RowDataPacket } from 'mysql2/promise';
import type { FolderPlan } from '../topology/site-plan.ts';
import { closeFolder, folderRoot, type OpenFolder, openFolder } from './apply/folder.ts';
import { recoverIntents } from './apply/recover.ts';
import { leftInStaging } from './apply/staging.ts';
import { atPath } from './apply/tree.ts';
import { moveToArchive } from './archive/archive.ts';
import { followMode } from './journal/follow-mode.ts';
import type { Site } from './site.ts';
import { hashFile } from './transfer/hash.ts';

/**
 * Opens every folder of the plan whose disk is there. A folder that cannot be opened
 * is named in `site.folderErrors`; the others go on. Those that are open go by the plan from now on.
 * @returns open folders whose mode changed: a pass has to go over them
 */
export async function openFolders(site: Site): Promise<string[]> {
  const remoded: string[] = [];
  const [rows] = await site.db.query<RowDataPacket[]>('SELECT name, adopted FROM local.folder');
  const known = new Set(rows.map((row) => String(row.name)));
  const adopted = new Set(rows.filter((row) => Number(row.adopted) === 1).map((row) => String(row.name)));
  for (const plan of site.plan.folders) {
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
        // It is tried again, as with a folder that cannot be opened.
        open.plan = before;
        setFolderError(site, plan, error as Error);
      }
      continue;
    }
    try {
      const folder = openFolder(plan, site.dir, known.has(plan.name), site.disk);
      await recover(site, folder).catch((error: Error) => {
        closeFolder(folder);
        throw error;
      });
      if (!known.has(plan.name))
        await site.db.query('INSERT IGNORE INTO local.folder (name, since) VALUES (?, ?)', [plan.name, site.now()]);
      await followMode(site, plan);
      if (!adopted.has(plan.name)) site.adopting.add(plan.name);
      site.folders.set(plan.name, folder);
      site.folderErrors.delete(plan.name);
    } catch (error) {
      setFolderError(site, plan, error as Error);
    }
  }
  return remoded;
}

function setFolderError(site: Site, plan: FolderPlan, error: Error): void {
  const reason = `folder ${plan.name} at ${folderRoot(plan, site.dir)}: ${error.message}`;
  if (site.folderErrors.get(plan.name) !== reason)
    site.log.error({ folder: plan.name, reason }, 'a folder cannot be used');
  site.folderErrors.set(plan.name, reason);
}

/**
 * Lets go of a folder whose disk does not do what is asked of it, until it can be opened again. Its descriptors stay open: a
 * transfer may be using them, and their numbers must not come to mean something else.
 */
export function suspendFolder(site: Site, { plan }: OpenFolder, error: Error): void {
  setFolderError(site, plan, error);
  site.folders.delete(plan.name);
}

/** Lets go of folders that are no longer in the plan, or lie elsewhere; their files stay. Returns their names. */
export function closeLeft(site: Site): Promise<string[]> {
  return site.lock(async () => {
    const planned = new Set(site.plan.folders.map((plan) => plan.name));
    for (const name of site.folderErrors.keys()) if (!planned.has(name)) site.folderErrors.delete(name);
    const roots = new Map(site.plan.folders.map((plan) => [plan.name, folderRoot(plan, site.dir)]));
    const left = [...site.folders.values()].filter(({ plan, root }) => roots.get(plan.name) !== root);
    for (const folder of left) {
      site.folders.delete(folder.plan.name);
      closeFolder(folder);
    }
    return left.map(({ plan }) => plan.name);
  });
}

/**
 * Finishes what an earlier run left, and empties staging. What no intent names is new content that was not placed, which is
 * wanted still and comes again, or comes from a release that kept no intents: it named so what it caught, and what it pulled.
 */
async function recover(site: Site, folder: OpenFolder): Promise<void> {
  await recoverIntents(site, folder);
  for (const name of leftInStaging(folder)) {
    const at = { fd: folder.stagingFd, name };
    if (name.startsWith('pull-')) renameSync(atPath(at), join(folder.partial, name.slice('pull-'.length)));
    else if (name.startsWith('caught-') && folder.disk.look(at)?.isFile())
      moveToArchive(folder, at, await hashFile(atPath(at)));
    else rmSync(atPath(at), { recursive: true, force: true });
  }
  forgetPartial(folder, site.now());
}

const PARTIAL_MS = 7 * 86_400_000;

/** What was fetched of a file and was not gone on with for a week is not wanted any more; of batches nothing is resumed. */
function forgetPartial({ partial }: OpenFolder, now: number): void {
  for (const name of readdirSync(partial)) {
    const path = join(partial, name);
    const isResumable = !/^(batch|restore)-/.test(name);
    if (!isResumable || now - statSync(path).mtimeMs > PARTIAL_MS) rmSync(path, { recursive: true, force: true });
  }
}

/** The first pass over a folder has seen its whole tree: from now on what is not in the index is new. */
export async function endAdoption(site: Site, name: string): Promise<void> {
  if (!site.adopting.has(name)) return;
  await site.db.query('UPDATE local.folder SET adopted = 1 WHERE name = ?', [name]);
  site.adopting.delete(name);
}
