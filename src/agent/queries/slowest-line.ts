import type { RowDataPacket } from 'mysql2/promise';
import { repeat } from '../../base/repeat.ts';
import { siteSchema } from '../../database/schema.ts';
import type { SiteView } from '../site/site.ts';
import { readSummary } from './beats.ts';
import { ofAllSites } from './contacts.ts';

const EVERY_MS = 5000;

/** Follows what the other sites say about their lines, until the site's signal is aborted: every row passes every line. */
export async function followSlowestLine(site: SiteView): Promise<void> {
  const known = new Map<string, { at: number; rate: number | undefined }>();
  async function round(): Promise<void> {
    const { db, rowBudget } = site.store;
    const [beats] = await db.query<RowDataPacket[]>(ofAllSites(site.plan, ['at']));
    const others = beats.map((row) => ({ name: String(row.site), at: Number(row.at) }));
    for (const { name, at } of others.filter((one) => one.name !== site.plan.site)) {
      if (known.get(name)?.at === at) continue;
      const [[row]] = await db.query<RowDataPacket[]>(`SELECT summary FROM ${siteSchema(name)}.beat WHERE id = 1`);
      known.set(name, { at, rate: row && readSummary(row).slowestLine });
    }
    for (const name of known.keys()) if (!others.some((one) => one.name === name)) known.delete(name);
    const rates = [...known.values()].flatMap(({ rate }) => rate ?? []);
    rowBudget.noteOthers(rates.length === 0 ? undefined : Math.min(...rates));
  }
  const failed = (err: Error) =>
    site.log.warn({ err }, 'what other sites say of their lines could not be read; retrying');
  await repeat(round, { signal: site.signal, pause: EVERY_MS, failed });
}
