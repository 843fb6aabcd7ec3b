import type { KubeClient } from './client.ts';
import { collectionPath, type KubeObject, type ResourceKind } from './object.ts';

/** What to list or watch. */
export interface Selection {
  resource: ResourceKind;
  /** Absent: all namespaces. */
  namespace?: string;
  labelSelector?: string;
}

/** Of thousands of large objects a page is much of what the operator needs at all. */
const PAGE = 200;

interface ListPage {
  items?: KubeObject[];
  metadata: { resourceVersion: string; continue?: string };
}

/**
 * Everything that is selected, page by page, so that no more than one page is held; returns where a watch goes on from. Throws a KubeError of
 * code 410 when the list expired between two pages.
 */
export async function* listPages(
  client: KubeClient,
  selection: Selection,
  signal?: AbortSignal,
): AsyncGenerator<KubeObject[], string> {
  const { resource, namespace, labelSelector } = selection;
  let next: string | undefined;
  for (;;) {
    const page = await client.ask<ListPage>({
      method: 'GET',
      path: collectionPath(resource, namespace),
      query: { limit: PAGE, continue: next, labelSelector },
      ...(signal && { signal }),
    });
    yield (page.items ?? []).map((item) => tidy(item, resource));
    next = page.metadata.continue;
    if (!next) return page.metadata.resourceVersion;
  }
}

/** Items of a list lack apiVersion and kind. */
export function tidy(item: KubeObject, { apiVersion, kind }: ResourceKind): KubeObject {
  return { ...item, apiVersion, kind };
}
