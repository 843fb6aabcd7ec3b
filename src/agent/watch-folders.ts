import { delay } from '../base/delay.ts';
import { repeat } from '../base/repeat.ts';
import { createDetector, type Detector, type DetectorOptions } from './detect/detector.ts';
import { checkFolder, closeLeft, endAdoption, openFolders, putAside, takeUp } from './folders.ts';
import type { OpenFolder } from './fs/folder.ts';
import { createAgreement, loadDigests } from './journal/agree.ts';
import { isDeciding } from './journal/decide-held.ts';
import { loadFormer, takeOver } from './journal/former.ts';
import { ingest } from './journal/ingest.ts';
import { retryRemains, settleNotEmpty } from './journal/keep-directory.ts';
import { leaveFolders } from './journal/leave-folders.ts';
import { createObserver } from './journal/observe.ts';
import { passedAfterCut } from './journal/power-cut.ts';
import type { Site } from './site/site.ts';

const RETRY_MS = 5000;

/** Watches the folders of a site; its findings go to the journal. */
export function detectFor(site: Site, options: Pick<DetectorOptions, 'spawn'> = {}): Detector {
  const folderOf = (name: string) => {
    const folder = site.folders.get(name);
    if (!folder) throw new Error(`the folder ${name} is not open`);
    return folder;
  };
  const detector: Detector = createDetector(
    {
      async findings({ folder, facts, gone, more }) {
        await observer.observe(folderOf(folder), facts, gone, more);
      },
      reports: (folder, reports) => agree(folderOf(folder), reports),
      digests: (folder) => loadDigests(site.store, folder),
      check(folder) {
        const open = folderOf(folder);
        checkFolder(site, open);
        return open;
      },
      trouble: (folder, error) =>
        site.log.warn({ folder, err: error }, 'changes could not be processed; scanning again'),
      working: () => observer.working() || isDeciding(site),
      reading: (folder) => observer.reading(folder),
      unreadable: (folder) => site.unreadable.of(folder).count,
      stalled(folders, is) {
        for (const name of folders) {
          if (is) putAside(site, name);
          else void resume(name);
        }
      },
      async passed(folder) {
        await endAdoption(site, folder);
        await retryRemains(site, folder);
        await passedAfterCut(site, folder);
      },
    },
    site.signal,
    { clock: site, ...options },
  );
  const observer = createObserver(site, detector.settle);
  const agree = createAgreement(site.store, observer);
  async function resume(name: string): Promise<void> {
    try {
      await takeUp(site, name);
      await detector.requestPass(name);
    } catch (error) {
      site.log.warn({ folder: name, err: error }, 'a folder cannot be reopened yet; retrying');
      await delay(RETRY_MS, site.signal, site);
      if (!site.signal.aborted) await resume(name);
    }
  }
  site.wake.notEmpty.listen((refs) => {
    settleNotEmpty(site, refs).catch((error: Error) =>
      site.log.warn({ err: error }, 'a directory could not be archived'),
    );
  });
  site.wake.look.listen((refs) => {
    for (const [folder, group] of Map.groupBy(refs, (ref) => ref.folder)) {
      detector.look(
        folder,
        group.map((ref) => ref.path),
      );
    }
  });
  return detector;
}

/** The patterns with which a folder was opened at its detector. */
const opened = new WeakMap<OpenFolder, string>();

/** Opens the folders of the plan and closes those that were removed; again whenever the plan changed or something failed. */
export async function openAll(site: Site, detector: Detector): Promise<void> {
  await loadFormer(site);
  for (const name of await closeLeft(site)) detector.close(name);
  await leaveFolders(site);
  const remoded = await openFolders(site, detector.answers);
  // What the journal already says must be known before the tree is scanned.
  await ingest(site);
  for (const folder of site.folders.values()) {
    const { name, ignore } = folder.plan;
    const rules = JSON.stringify(ignore);
    if (detector.has(name) && opened.get(folder) === rules) continue;
    opened.set(folder, rules);
    detector.open(name, folder.root, ignore, String(folder.disk.stats(folder.rootFd).dev));
  }
  for (const name of remoded) void detector.requestPass(name);
  await takeOver(site);
}

/**
 * A disk may become available again, and the tables of a new site may be created after the plan that names it. And one that
 * went away, or whose marker did, is noticed even if nobody asks anything of it.
 */
export async function retryFolders(site: Site, detector: Detector, open: () => Promise<void>): Promise<void> {
  async function round(): Promise<void> {
    await Promise.all([...site.folders.values()].map((folder) => folder.answers()));
    const watched = site.plan.folders.every(({ name }) => detector.has(name));
    if (site.folderErrors.size > 0 || !watched) await open();
  }
  const failed = (err: Error) => site.log.warn({ err }, 'folders could not be opened; trying again');
  await repeat(round, { signal: site.signal, clock: site, pause: RETRY_MS, pauseFirst: true, failed });
}
