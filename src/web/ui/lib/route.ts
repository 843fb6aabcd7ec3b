import { signal } from '@preact/signals';

/** The current address: a normal URL, so that back, reload and bookmarks work. */
export interface Route {
  /** Path segments as in the address, still encoded. */
  parts: string[];
  query: URLSearchParams;
}

const read = (): Route => ({
  parts: location.pathname.split('/').filter(Boolean),
  query: new URLSearchParams(location.search),
});

export const route = signal<Route>(read());
addEventListener('popstate', () => {
  route.value = read();
});

export function go(to: string, replace = false): void {
  if (to === location.pathname + location.search) return;
  history[replace ? 'replaceState' : 'pushState'](null, '', to);
  route.value = read();
}

/** Changes only the query; undefined removes a parameter. */
export function setQuery(change: Record<string, string | undefined>, replace = true): void {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(change))
    if (value === undefined || value === '') query.delete(name);
    else query.set(name, value);
  const text = query.toString();
  go(`${location.pathname}${text && `?${text}`}`, replace);
}

/** Handles plain clicks on links within the page; everything else is left to the browser. */
export function followLinks(event: MouseEvent): void {
  const link = (event.target as Element).closest?.('a');
  if (!link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
  if (link.origin !== location.origin || link.target || link.hasAttribute('download')) return;
  if (link.pathname.startsWith('/api/')) return;
  event.preventDefault();
  go(link.pathname + link.search);
}

/** Address of a directory, or of what it was at a time. `path` is in the API's encoding, which is also that of addresses. */
export const toDirectory = (folder: string, path: string, at?: string) =>
  `/f/${folder}${path && `/${path}`}${at === undefined ? '' : `?at=${encodeURIComponent(at)}`}`;
/** Address of a directory with one of its entries shown. */
export function toEntry(folder: string, path: string, tab?: string): string {
  const query = new URLSearchParams({ show: path, ...(tab !== undefined && { tab }) });
  return `${toDirectory(folder, parentPath(path))}?${query}`;
}

export const parentPath = (path: string) => path.slice(0, Math.max(0, path.lastIndexOf('/')));
export const lastName = (path: string) => path.slice(path.lastIndexOf('/') + 1);
export const joinPath = (directory: string, name: string) => (directory === '' ? name : `${directory}/${name}`);
/** A directory and all above it, the folder itself first: '', 'a', 'a/b'. */
export function pathsTo(path: string): string[] {
  const parts = path === '' ? [] : path.split('/');
  return ['', ...parts.map((_, i) => parts.slice(0, i + 1).join('/'))];
}
