import { repeat } from '../../base/repeat.ts';
import type { SiteView } from '../site/site.ts';
import { summaryOf } from './beats.ts';
import type { Contacts } from './contacts.ts';

const EVERY_MS = 5000;

/**
 * Follows what the other sites say about their lines, until the site's signal is aborted: every row passes every line. Reads
 * only what has changed since.
 */
export async function followSlowestLine(site: SiteView, contacts: Contacts): Promise<void> {
  const known = new Map<string, { beatAt: number; rate: number | undefined }>();
  async function round(): Promise<void> {
    const others = site.plan.sites.map(({ name }) => name).filter((name) => name !== site.plan.site);
    for (const name of known.keys()) if (!others.includes(name)) known.delete(name);
    for (const name of others) {
      const beatAt = contacts.of(name)?.beatAt;
      if (beatAt === undefined || known.get(name)?.beatAt === beatAt) continue;
      known.set(name, { beatAt, rate: (await summaryOf(site, name))?.slowestLine });
    }
    const rates = [...known.values()].flatMap(({ rate }) => rate ?? []);
    site.store.rowBudget.noteOthers(rates.length === 0 ? undefined : Math.min(...rates));
  }
  const failed = (err: Error) =>
    site.log.warn({ err }, 'what other sites say of their lines could not be read; retrying');
  await repeat(round, { signal: site.signal, pause: EVERY_MS, failed });
}
