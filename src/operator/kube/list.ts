import type { KubeClient } from './client.ts';
import { collectionPath, type KubeObject, type ResourceKind } from './object.ts';

/** What to list or watch. */
export interface Selection {
  resource: ResourceKind;
  /** Absent: all namespaces. */
  namespace?: string;
  labelSelector?: string;
}

/** Of large objects a few hundred are much of the memory that the operator needs in all. */
const PAGE = 200;

interface ListPage {
  items?: KubeObject[];
  metadata: { resourceVersion: string; continue?: string };
}

/**
 * Everything selected, page by page, so that no more than one page is held in memory. Returns the resourceVersion from
 * which a watch continues. Throws a KubeError with code 410 if the list expired between two pages.
 */
export async function* listPages(
  client: KubeClient,
  selection: Selection,
  signal?: AbortSignal,
): AsyncGenerator<KubeObject[], string> {
  const { resource, namespace, labelSelector } = selection;
  let next: string | undefined;
  for (;;) {
    const page = await client.request<ListPage>({
      method: 'GET',
      path: collectionPath(resource, namespace),
      query: { limit: PAGE, continue: next, labelSelector },
      ...(signal && { signal }),
    });
    yield (page.items ?? []).map((item) => withKind(item, resource));
    next = page.metadata.continue;
    if (!next) return page.metadata.resourceVersion;
  }
}

/** Items of a list lack apiVersion and kind. */
export function withKind(item: KubeObject, { apiVersion, kind }: ResourceKind): KubeObject {
  return { ...item, apiVersion, kind };
}
