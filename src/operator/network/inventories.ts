import { createHash } from 'node:crypto';
import type { KubeObject } from '../kube/object.ts';
import type { Inventory } from './inventory.ts';

/** Caches the inventories of networks; each is recomputed only when its inputs have changed. */
export interface Inventories {
  /** @param checkpoint the object that holds the network's checkpoint */
  of(network: string, objects: KubeObject[], checkpoint: KubeObject | undefined, take: () => Inventory): Inventory;
  forget(network: string): void;
}

/** A network at rest is reconciled every few seconds: planning it each time would be most of that work. */
export function createInventories(): Inventories {
  const taken = new Map<string, { from: string; inventory: Inventory }>();
  return {
    of(network, objects, checkpoint, take) {
      const from = digest(objects, checkpoint);
      const before = taken.get(network);
      if (before?.from === from) return before.inventory;
      const inventory = take();
      taken.set(network, { from, inventory });
      return inventory;
    },
    forget: (network) => void taken.delete(network),
  };
}

/** The generation counts changes of the spec; it does not count labels, but selectors use them. */
function digest(objects: KubeObject[], checkpoint: KubeObject | undefined): string {
  const hash = createHash('sha256').update(`${checkpoint?.metadata.uid}/${checkpoint?.metadata.resourceVersion}\n`);
  for (const { kind, metadata } of objects)
    hash.update(JSON.stringify([kind, metadata.name, metadata.uid, metadata.generation, metadata.labels]));
  return hash.digest('base64');
}
