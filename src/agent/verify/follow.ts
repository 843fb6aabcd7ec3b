import { repeat } from '../../base/repeat.ts';
import type { Detector } from '../detect/detector.ts';
import type { OpenFolder } from '../fs/folder.ts';
import type { Links } from '../link/links.ts';
import type { Site } from '../site/site.ts';
import { forgetOldDamage, openDamage } from '../store/damage.ts';
import { bytesOf, loadProgress, newRound, type Progress, saveRound } from '../store/verified.ts';
import type { Puller } from '../transfer/puller.ts';
import { isDue, isWaiting, rateFor } from './budget.ts';
import { heal } from './heal.ts';
import { createReader, type Reader } from './reader.ts';
import { beginRound, nextPart } from './round.ts';

const POLL_MS = 2000;
const HURRY_MS = 500;
/** Findings handled at a time. */
const FINDINGS = 200;
/** Archived content that nobody could supply is requested again after this time (ms). */
const ASK_AGAIN_MS = 600_000;

/**
 * Verifies everything within the period of each folder's SyncFolder, one folder after another, and handles the findings.
 * Runs until the site's signal is aborted.
 */
export async function followVerification(site: Site, links: Links, detector: Detector, puller: Puller): Promise<void> {
  await Promise.all([readAgain(site, detector, puller), followDamage(site, links)]);
}

async function readAgain(site: Site, detector: Detector, puller: Puller): Promise<void> {
  const isBusy = (name: string) => detector.pace(name) !== 'calm' || puller.running().length > 0;
  async function round(): Promise<void> {
    let reader: Reader | undefined;
    try {
      for (const folder of site.folders.values()) {
        const progress = await dueRound(site, folder);
        if (!progress) continue;
        reader ??= createReader();
        await goOn(site, folder, reader, progress, () => isBusy(folder.plan.name));
      }
    } finally {
      reader?.close();
    }
  }
  const failed = (err: Error) => site.log.warn({ err }, 'files could not be verified; trying again');
  await repeat(round, { signal: site.signal, pause: POLL_MS, pauseFirst: true, failed });
}

/** The current round over a folder, or a new one; undefined when none is due. */
async function dueRound(site: Site, { plan }: OpenFolder): Promise<Progress | undefined> {
  if (plan.verifySeconds === undefined || site.adopting.has(plan.name)) return undefined;
  const progress = (await loadProgress(site.store.db)).get(plan.name);
  if (!progress) {
    // Everything was read just now, when it was hashed; and not all sites should start at once.
    const started = site.now() - Math.floor(Math.random() * plan.verifySeconds * 1000);
    await saveRound(site.store.db, plan.name, { ...newRound(started), phase: 'done' });
    return undefined;
  }
  if (progress.phase !== 'done') return progress;
  return isDue(progress, plan.verifySeconds, site.now()) ? beginRound(site, plan.name, progress) : undefined;
}

/** Reads a folder until its round is complete, or the folder is closed or no longer to be verified. */
async function goOn(
  site: Site,
  folder: OpenFolder,
  reader: Reader,
  from: Progress,
  isBusy: () => boolean,
): Promise<void> {
  const { name } = folder.plan;
  const total = await bytesOf(site.store.db, name);
  const before = reader.bytesRead() - from.bytes;
  const steer = () => {
    const every = folder.plan.verifySeconds ?? Number.POSITIVE_INFINITY;
    const done = total === 0 ? 1 : (reader.bytesRead() - before) / total;
    reader.setRate(rateFor(total, every));
    reader.setPaused(isWaiting(isBusy(), done, from, every, site.now()));
    if (site.signal.aborted || site.folders.get(name) !== folder) reader.close();
  };
  const timer = setInterval(steer, HURRY_MS);
  try {
    steer();
    for (let progress = from; progress.phase !== 'done' && !site.signal.aborted; ) {
      if (site.folders.get(name) !== folder || folder.plan.verifySeconds === undefined) return;
      folder.check();
      const { tree, archive, isOutdated, ...next } = await nextPart(site, folder, reader, progress);
      const failed = [...tree.failed, ...archive.failed];
      if (failed.length > 0)
        site.log.warn({ folder: name, files: failed.length, reason: failed[0] }, 'files could not be verified');
      if (isOutdated) return;
      progress = next.progress;
    }
  } finally {
    clearInterval(timer);
  }
}

async function followDamage(site: Site, links: Links): Promise<void> {
  let askedAt = Number.NEGATIVE_INFINITY;
  async function round(): Promise<void> {
    await heal(site, links, await openDamage(site.store.db, FINDINGS, 'tree'));
    if (performance.now() - askedAt < ASK_AGAIN_MS) return;
    askedAt = performance.now();
    await heal(site, links, await openDamage(site.store.db, FINDINGS, 'archive'));
    await forgetOldDamage(site.store.db, site.now());
  }
  const failed = (err: Error) => site.log.warn({ err }, 'damaged files could not be looked after; trying again');
  await repeat(round, { signal: site.signal, pause: POLL_MS, failed });
}
