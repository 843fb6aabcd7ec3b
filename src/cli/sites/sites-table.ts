import { relative } from 'node:path';
import { folderRoot } from '../../agent/fs/folder.ts';
import type { DataDir } from '../../local/data-dir.ts';
import { pageUrl } from '../../topology/page-url.ts';
import type { SitePlan } from '../../topology/site-plan.ts';
import { table } from '../terminal/table.ts';
import { siteClients } from './client.ts';

/** A table of the sites: role, page, and folders on this disk. */
export function sitesTable(data: DataDir): string {
  const rows = siteClients(data).flatMap(({ plan }) =>
    plan.folders.map((folder, i) => {
      const path = folderRoot(folder, data.site(plan.site));
      const first = i === 0 ? [plan.site, roleOf(plan), pageUrl(plan) ?? ''] : ['', '', ''];
      return [...first, shorter(path)];
    }),
  );
  return table(['OFFICE', 'ROLE', 'PAGE', 'FOLDER'], rows);
}

function roleOf(plan: SitePlan): string {
  if (plan.role === 'hub') return 'hub';
  return `child of ${plan.sites.find(({ name }) => name === plan.site)?.hub ?? '?'}`;
}

const shorter = (path: string) => {
  const local = relative(process.cwd(), path);
  return local.startsWith('..') ? path : local;
};
