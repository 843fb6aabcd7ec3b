import type { Logger } from 'pino';
import type { SiteSecrets } from '../../base/site-dir.ts';
import { openSeedDatabase } from '../../database/connect.ts';
import type { Engine } from '../../database/engine.ts';
import { siteSchema } from '../../database/schema.ts';
import type { LinkPlan, SitePlan } from '../../topology/site-plan.ts';
import { copyRows } from './copy-rows.ts';
import { peerDatabase } from './history.ts';

/**
 * Brings a child back that was away for longer than its hub keeps its binary log: copies what it lacks of every other
 * site from the hub's tables, as of one moment, and lets replication go on from that moment. Rows are only added. The
 * binary log of this site stays as it is.
 */
export async function reseed(
  deps: { plan: SitePlan; secrets: SiteSecrets; engine: Engine; log: Logger },
  link: LinkPlan,
): Promise<void> {
  const { plan, secrets, engine, log } = deps;
  const peer = peerDatabase(plan, secrets, link);
  const seed = openSeedDatabase(plan, secrets);
  try {
    const reader = await peer.getConnection();
    const position = await engine.beginSnapshot(reader);
    const writer = await seed.getConnection();
    await writer.query('SET SESSION sql_log_bin = 0');
    let rows = 0;
    for (const { name } of plan.sites) {
      if (name !== plan.site) rows += await copyRows(reader, writer, siteSchema(name));
    }
    await engine.continueFrom(writer, link.peer, position, plan.id);
    writer.destroy();
    reader.destroy();
    log.warn(
      { peer: link.peer, rows },
      'the hub no longer had the rows that came next; its tables were copied instead',
    );
  } finally {
    await seed.end();
    await peer.end();
  }
}
