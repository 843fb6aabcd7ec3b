import type { KubeClient } from './client.ts';
import { collectionPath, type KubeObject, type ResourceKind } from './object.ts';

/** What to list or watch. */
export interface Selection {
  resource: ResourceKind;
  /** Absent: all namespaces. */
  namespace?: string;
  labelSelector?: string;
}

export interface Listing {
  items: KubeObject[];
  /** Where a watch goes on from. */
  resourceVersion: string;
}

const PAGE = 500;

interface ListPage {
  items?: KubeObject[];
  metadata: { resourceVersion: string; continue?: string };
}

/** Everything that is selected, in pages of 500. Throws a KubeError of code 410 when the list expired between two pages. */
export async function listAll(client: KubeClient, selection: Selection, signal?: AbortSignal): Promise<Listing> {
  const { resource, namespace, labelSelector } = selection;
  const items: KubeObject[] = [];
  let next: string | undefined;
  for (;;) {
    const page = await client.ask<ListPage>({
      method: 'GET',
      path: collectionPath(resource, namespace),
      query: { limit: PAGE, continue: next, labelSelector },
      ...(signal && { signal }),
    });
    for (const item of page.items ?? []) items.push(tidy(item, resource));
    next = page.metadata.continue;
    if (!next) return { items, resourceVersion: page.metadata.resourceVersion };
  }
}

/** Items of a list lack apiVersion and kind. */
export function tidy(item: KubeObject, { apiVersion, kind }: ResourceKind): KubeObject {
  return { ...item, apiVersion, kind };
}
