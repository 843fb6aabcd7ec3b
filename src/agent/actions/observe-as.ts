import type { OpenFolder } from '../fs/folder.ts';
import { observePaths } from '../journal/observe.ts';
import type { Site } from '../site/site.ts';
import type { PathRef } from '../store/path-ref.ts';

/** Journals what is at these paths at once, in the author's name. */
export async function observeAs(site: Site, folder: OpenFolder, refs: PathRef[], author: string): Promise<void> {
  for (const ref of refs) site.store.authors.claim(ref, author);
  try {
    await observePaths(site, folder, refs);
  } finally {
    for (const ref of refs) site.store.authors.release(ref);
  }
}
