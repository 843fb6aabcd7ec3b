import type { Connection } from 'mysql2/promise';
import type { Logger } from 'pino';
import type { SiteSecrets } from '../../base/site-dir.ts';
import { openSeedDatabase } from '../../database/connect.ts';
import type { ChannelSpec, Engine } from '../../database/engine.ts';
import { COPY_MARKERS, siteSchema } from '../../database/schema.ts';
import type { LinkPlan, SitePlan } from '../../topology/site-plan.ts';
import { copyRows } from './copy-rows.ts';
import { emptyOf } from './dropped.ts';
import { peerDatabase } from './peer.ts';

/**
 * Recovers a site that lacks rows which its neighbour's log no longer has: copies what is missing of the sites that the
 * neighbour may write for from the neighbour's tables, as of one moment, and continues replication from that moment.
 *
 * Invariant: of every site's versions a database has all up to the highest one it has. So only rows above that are copied,
 * in order, while nothing else arrives; only of sites of which the neighbour knows more, by their numbers; and whoever
 * receives from here is told by a marker in the log that it must copy too. An interrupted copy is continued by the next
 * one.
 * @param dropped sites whose rows count as received but are not here: copied whatever the numbers say. A hub's log has
 * their numbers too, without the rows: so it gets a marker with a number of its own
 */
export async function reseed(
  deps: { plan: SitePlan; secrets: SiteSecrets; engine: Engine; log: Logger; db: Connection },
  link: LinkPlan,
  spec: ChannelSpec,
  dropped: string[] = [],
): Promise<void> {
  const { plan, secrets, engine, log, db } = deps;
  const peer = peerDatabase(plan, secrets, link);
  const seed = openSeedDatabase(plan, secrets);
  try {
    const reader = await peer.getConnection();
    await engine.stopChannels(db);
    const position = await engine.beginSnapshot(reader);
    const speaksFor = plan.sites.filter(({ name }) => spec.speaksFor.includes(name));
    const writer = await seed.getConnection();
    await writer.query('SET SESSION sql_log_bin = 0');
    let rows = 0;
    for (const name of new Set([...(await engine.sitesAhead(db, position, speaksFor)), ...dropped]))
      rows += await copyRows(reader, writer, siteSchema(name));
    const isFound = dropped.length > (await emptyOf(writer, dropped)).length;
    writer.destroy();
    reader.destroy();
    const marker = await seed.getConnection();
    if (isFound && plan.role === 'hub')
      await marker.query(`INSERT INTO ${siteSchema(plan.site)}.${COPY_MARKERS} (peer) VALUES (?)`, [spec.peer]);
    await engine.continueFrom(marker, plan, spec, position, async () => {
      // The position in a child's log, if the channel uses one, is lost.
      if (link.kind === 'downlink') await engine.closeChannel(db, spec.peer);
      await engine.openChannel(db, spec);
    });
    marker.destroy();
    log.warn({ peer: link.peer, rows }, 'rows missing from every log were copied from the tables of the neighbour');
  } finally {
    await seed.end();
    await peer.end();
  }
}
