import type { SiteView } from '../site/site.ts';

/** Sites that share a folder; all sites for a folder that is not in the plan. */
export function membersOf({ plan }: Pick<SiteView, 'plan'>, folder: string): string[] {
  return plan.folders.find(({ name }) => name === folder)?.members ?? plan.sites.map(({ name }) => name);
}
