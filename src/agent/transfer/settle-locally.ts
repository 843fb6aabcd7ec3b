import { nextStep } from '../apply/steps.ts';
import type { OpenFolder } from '../fs/folder.ts';
import type { Site } from '../site/site.ts';
import { loadIndex } from '../store/index-entry.ts';
import type { Pending } from '../store/pending.ts';
import { findContent } from './local-content.ts';
import { type Arrived, keepAll, placeAll } from './place-arrived.ts';
import { letUnseenWait } from './unseen.ts';

/** Places everything that needs no neighbour: other metadata, or content that is on this disk already. Returns the rest. */
export async function settleLocally(site: Site, folder: OpenFolder, due: Pending[]): Promise<Pending[]> {
  const index = await loadIndex(
    site.store.db,
    due.map((item) => item.head.ref),
  );
  const applied = () => site.store.lock(() => Promise.resolve());
  const remote: Pending[] = [];
  const ready: Arrived[] = [];
  try {
    for (const item of due) {
      if (nextStep(item.head, index.get(item.head.ref.id), false) !== 'pull') ready.push({ item });
      else {
        const staged = await findContent(site.store.db, folder, item.head.sha256!, applied);
        if (staged) ready.push({ item, staged });
        else remote.push(item);
      }
    }
  } catch (error) {
    keepAll(site, ready);
    throw error;
  }
  if (ready.length) await placeAll(site, ready);
  const waiting = await letUnseenWait(
    site,
    folder,
    remote.filter(({ head }) => !index.has(head.ref.id)),
  );
  return remote.filter((item) => !waiting.has(item));
}
