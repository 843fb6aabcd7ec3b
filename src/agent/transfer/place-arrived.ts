import { transaction } from '../../database/transaction.ts';
import { announce, bringInStep, commit } from '../apply/apply-heads.ts';
import { keepForLater } from '../apply/kept.ts';
import type { Want } from '../apply/want.ts';
import type { At } from '../fs/at.ts';
import type { Site } from '../site/site.ts';
import { loadHeads } from '../store/head.ts';
import { loadIndex } from '../store/index-entry.ts';
import type { Pending } from '../store/pending.ts';
import { sameContent, sameId } from '../versions/version.ts';
import { keepSuperseded, type Superseded } from './superseded.ts';

/** A wanted version, with its content if that is in staging. */
export interface Arrived {
  item: Pending;
  staged?: At;
}

/** Puts staged content in place, as far as it is still what its path should be. */
export async function placeAll(site: Site, arrived: Arrived[]): Promise<void> {
  let isHandedOver = false;
  try {
    await site.store.lock(async () => {
      const wants = await stillWanted(site, arrived);
      isHandedOver = true;
      const steps = await bringInStep(site, wants);
      await transaction(site.store.db, (tx) => commit(site, tx, steps));
      announce(site, steps);
    });
  } catch (error) {
    if (!isHandedOver) keepAll(site, arrived);
    throw error;
  }
}

/** What is to be placed now, as its path has it by now. Of the rest, keeps what may be wanted at another path. */
async function stillWanted(site: Site, arrived: Arrived[]): Promise<Want[]> {
  const refs = arrived.map(({ item }) => item.head.ref);
  const [heads, index] = [await loadHeads(site.store.db, refs), await loadIndex(site.store.db, refs)];
  const wants: Want[] = [];
  const superseded: Superseded[] = [];
  for (const { item, staged } of arrived) {
    const head = heads.get(item.head.ref.id);
    if (head && (sameId(head, item.head) || sameContent(head, item.head)))
      wants.push({ head, index: index.get(head.ref.id), ...(staged && { staged }) });
    else if (staged) superseded.push({ item, staged, isEdited: head?.kind === 'file' });
  }
  await keepSuperseded(site, superseded);
  return wants;
}

/** Keeps content that could not be placed for the next try: it may have come over a slow line. */
export function keepAll({ folders }: Site, arrived: Arrived[]): void {
  for (const { item, staged } of arrived) {
    const folder = folders.get(item.head.ref.folder);
    if (staged && folder) keepForLater(folder, staged, item.head.sha256!);
  }
}
