import { isLoopback } from '../api/address.ts';
import type { SitePlan } from './site-plan.ts';

/** The URL of a site's page for a browser on its machine; null if it has none. */
export function pageUrl({ page }: Pick<SitePlan, 'page'>): string | null {
  if (!page) return null;
  const everywhere = page.host === '0.0.0.0' || page.host === '::';
  const host = everywhere ? 'localhost' : page.host.includes(':') ? `[${page.host}]` : page.host;
  return `${isLoopback(page) ? 'http' : 'https'}://${host}:${page.port}/`;
}
