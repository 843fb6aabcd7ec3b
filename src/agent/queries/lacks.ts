import { z } from 'zod';
import { encodeApiPath } from '../../base/api-path.ts';
import { baseName, displayPath } from '../../base/bytes.ts';
import { isoOf } from '../../base/iso.ts';
import { Refused } from '../../base/refused.ts';
import { sentenceOf } from '../../problems/problem.ts';
import type { Lacks } from '../../web/contract/network.ts';
import { officeProblem } from '../../web/contract/office-problem.ts';
import type { SiteView } from '../site/site.ts';
import { percentOf } from '../store/transfer.ts';
import { loadVersionsIn } from '../store/version-rows.ts';
import { formatId, type Version } from '../versions/version.ts';
import { incomplete, missingRanges } from './behind.ts';
import { readCursor, writeCursor } from './cursor.ts';
import { restSeconds } from './forecast.ts';
import type { PlacementSnapshot } from './placement-snapshot.ts';

const Place = z.tuple([z.string(), z.number()]);
/** Maximum number of ranges of missing versions per statement. */
const RANGES = 64;

/** The versions a site lacks, as known here, origin by origin. Throws Refused. */
export async function lacksOf(
  site: SiteView,
  snapshot: PlacementSnapshot,
  name: string,
  visible: string[],
  cursor: string | undefined,
  limit: number,
): Promise<Lacks> {
  if (!site.plan.sites.some((one) => one.name === name)) throw new Refused(`there is no office "${name}"`, 404);
  const [from, after] = cursor === undefined ? ['', 0] : readCursor(cursor, Place);
  const folders = site.plan.folders
    .filter((folder) => folder.members.includes(name) && visible.includes(folder.name))
    .map((folder) => folder.name);
  const origins = (await incomplete(site, name)).toSorted((a, b) => (a.origin < b.origin ? -1 : 1));
  const found: Version[] = [];
  for (const { origin, newest, custody } of origins) {
    if (found.length > limit || origin < from) continue;
    const ranges = missingRanges(custody, newest).slice(0, RANGES);
    const rest = limit + 1 - found.length;
    found.push(...(await loadVersionsIn(site.store.db, origin, ranges, folders, origin === from ? after : 0, rest)));
  }
  const last = found.length > limit ? found[limit - 1] : undefined;
  return {
    site: name,
    files: found.slice(0, limit).map((version) => describeLack(version, name, snapshot)),
    next: last ? writeCursor([last.origin, last.seq]) : null,
  };
}

function describeLack(version: Version, name: string, snapshot: PlacementSnapshot): Lacks['files'][number] {
  const transfer = snapshot.transferOf(name, version);
  const moving = transfer !== undefined && transfer.problem === null;
  const problem = transfer?.problem ?? null;
  return {
    folder: version.folder,
    path: encodeApiPath(version.path),
    name: displayPath(baseName(version.path)),
    kind: version.kind,
    size: version.size,
    version: formatId(version),
    since: isoOf(version.detectedAt),
    state: transfer === undefined ? 'waiting' : moving ? 'transfer' : 'failing',
    ...(moving && { percent: percentOf(transfer) }),
    expectedSeconds: moving ? restSeconds(transfer.total - transfer.done, transfer.rate) : null,
    error: problem && sentenceOf(problem, name),
    trouble: problem && officeProblem(name, problem),
  };
}
