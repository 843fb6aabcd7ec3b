import type { RetentionPreview } from '../../agent/queries/retention.ts';
import type { DataDir } from '../../local/data-dir.ts';
import { readNetwork } from '../../local/network-file.ts';
import type { SitePlan } from '../../topology/site-plan.ts';
import { NoAnswer, siteClients } from './client.ts';

/** What the archives of a running network would lose by the limits of these plans, where they differ from the current ones. */
export async function removalsBy(data: DataDir, plans: SitePlan[]): Promise<RetentionPreview[]> {
  if (!readNetwork(data)) return [];
  const found: RetentionPreview[] = [];
  for (const client of siteClients(data)) {
    const next = plans.find(({ site }) => site === client.name);
    for (const { name, versions } of client.plan.folders) {
      const limits = next?.folders.find((folder) => folder.name === name)?.versions;
      if (!limits || JSON.stringify(limits) === JSON.stringify(versions)) continue;
      const preview = await client.retention(name, limits).catch((error: Error) => {
        if (error instanceof NoAnswer) return undefined;
        throw error;
      });
      if (preview && preview.removes.versions + preview.waits.versions > 0) found.push(preview);
    }
  }
  return found;
}
