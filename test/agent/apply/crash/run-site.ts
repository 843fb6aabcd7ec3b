import type { Pool } from 'mysql2/promise';
import pino from 'pino';
import { createSite } from '../../../../src/agent/create-site.ts';
import type { Disk } from '../../../../src/agent/fs/disk.ts';
import { ingest } from '../../../../src/agent/journal/ingest.ts';
import type { Site } from '../../../../src/agent/site/site.ts';
import { readSiteFiles } from '../../../../src/agent/site/site-files.ts';
import { loadCounters } from '../../../../src/agent/store/counters.ts';
import type { Puller } from '../../../../src/agent/transfer/puller.ts';
import { detectFor, openAll } from '../../../../src/agent/watch-folders.ts';
import { type SiteDir } from '../../../../src/base/site-dir.ts';
import { openDatabase } from '../../../../src/database/connect.ts';
import { ProblemError } from '../../../../src/problems/problem.ts';

interface Ports {
  disk?: Disk;
  database?: (pool: Pool) => Pool;
  /** Starts what transfers, and resolves when it has transferred enough. */
  pull?: (site: Site) => Promise<Puller>;
}

/** Starts the parts of an agent that scan its disk and follow the journal; stops them when nothing is left to do. */
export async function runSite(dir: SiteDir, { disk, database = (pool) => pool, pull }: Ports = {}): Promise<void> {
  const { plan, secrets } = readSiteFiles(dir);
  const pool = openDatabase(plan, secrets);
  const ending = new AbortController();
  const log = pino({ level: process.env.SITESYNC_TEST_LOG ? 'debug' : 'silent' });
  const site = createSite({
    plan,
    secrets,
    dir,
    db: database(pool),
    log,
    signal: ending.signal,
    counters: await loadCounters(pool, plan.site),
    ...(disk && { disk }),
  });
  const detector = detectFor(site);
  await openAll(site, detector);
  for (const problem of site.folderErrors.values()) throw new ProblemError(problem);
  await detector.settled();
  await ingest(site);
  const puller = await pull?.(site);
  await detector.settled();
  ending.abort();
  await puller?.closed;
  await detector.stop();
  await pool.end();
}
