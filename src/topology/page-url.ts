import { isLoopback } from '../api/address.ts';
import type { SitePlan } from './site-plan.ts';

/** Where a browser finds the page of a site; null where it has none. */
export function pageUrl({ page }: Pick<SitePlan, 'page'>): string | null {
  if (!page) return null;
  const host = page.host.includes(':') ? `[${page.host}]` : page.host;
  return `${isLoopback(page) ? 'http' : 'https'}://${host}:${page.port}/`;
}
