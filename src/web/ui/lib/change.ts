import type { Entry } from '../../contract/browse.ts';
import type { Changed, Deleted, Restorations } from '../../contract/change.ts';
import { post } from './api.ts';
import { t } from './messages.ts';
import { showName } from './names.ts';
import { joinPath, lastName } from './route.ts';
import { showError, showToast } from './state.ts';

/** Maximum per request. */
const AT_ONCE = 1000;

/** Deletes what the user sees, and offers to undo it: the versions are in the archive. */
export async function removeEntries(folder: string, entries: Entry[]): Promise<void> {
  try {
    const gone: Deleted['deleted'] = [];
    let more = false;
    for (let i = 0; i < entries.length; i += AT_ONCE) {
      const some = entries.slice(i, i + AT_ONCE);
      const answer = await post<Deleted>(`/folders/${folder}/deletions`, {
        paths: some.map(({ path }) => path),
        versions: some.map(({ version }) => version),
      });
      gone.push(...answer.deleted);
      more ||= answer.more;
    }
    const text = more ? `${t.browse.removed(gone.length)}. ${t.browse.removedMore}` : t.browse.removed(entries.length);
    showToast(text, { action: { label: t.undo, run: () => void bringBack(folder, gone) } });
  } catch (error) {
    showError(error);
  }
}

/** Parents come before their contents. */
async function bringBack(folder: string, gone: Deleted['deleted']): Promise<void> {
  try {
    for (const { path, version } of gone.toSorted((a, b) => a.path.length - b.path.length))
      await restore(folder, path, version);
    showToast(t.browse.restored);
  } catch (error) {
    showError(error);
  }
}

/**
 * Restores entries with everything in them, and says what became of it: as they were at a time, or, without one, what was
 * deleted.
 */
export async function restoreEntries(folder: string, paths: string[], at?: string): Promise<void> {
  const sum = { restored: 0, failures: 0, goesOn: false, reason: '' };
  try {
    for (let i = 0; i < paths.length; i += AT_ONCE) {
      const some = paths.slice(i, i + AT_ONCE);
      const { restored, failures, failed, goesOn } = await post<Restorations>(`/folders/${folder}/restorations`, {
        paths: some,
        ...(at !== undefined && { at }),
      });
      sum.restored += restored;
      sum.failures += failures;
      sum.goesOn ||= goesOn;
      const [first] = failed;
      if (first && sum.reason === '') sum.reason = `${showName(lastName(first.path))}: ${first.reason}`;
    }
    const told = t.browse.restoredCount(sum.restored);
    if (sum.failures > 0) showToast(`${told}. ${t.browse.notRestored(sum.failures, sum.reason)}`, { bad: true });
    else showToast(sum.goesOn ? `${told}. ${t.browse.restoreGoesOn}` : told);
  } catch (error) {
    showError(error);
  }
}

export const restore = (folder: string, path: string, version: string) =>
  post<Changed>(`/folders/${folder}/restores`, { path, version });

/**
 * Moves entries into another directory of the folder, and offers to undo it. After an error, what was moved so far stays
 * moved.
 */
export async function moveEntries(folder: string, entries: Pick<Entry, 'path'>[], directory: string): Promise<void> {
  const moved: [string, string][] = [];
  try {
    for (const { path } of entries) {
      const to = joinPath(directory, lastName(path));
      await move(folder, path, to);
      moved.push([path, to]);
    }
  } catch (error) {
    showError(error);
  }
  const undo = async () => {
    for (const [from, to] of moved.toReversed()) await move(folder, to, from);
  };
  const text = t.browse.moved(moved.length, directory === '' ? folder : showName(lastName(directory)));
  if (moved.length > 0) showToast(text, { action: { label: t.undo, run: () => void undo().catch(showError) } });
}

export const move = (folder: string, from: string, to: string) =>
  post<Changed>(`/folders/${folder}/moves`, { from, to });
