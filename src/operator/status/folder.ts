import type { SyncFolderStatus } from '../../api/status.ts';
import { base, type Common, stalled } from './common.ts';
import { condition, conditionsFrom, type NewCondition } from './conditions.ts';
import { age } from './format.ts';
import { YOUNG_SECONDS } from './in-sync.ts';

/**
 * The status of a SyncFolder: ready when every site that shares it is connected and lacks nothing older than its
 * freshness objective. Pure.
 */
export function folderStatus(
  facts: Common & {
    before: SyncFolderStatus;
    name: string;
    members: string[] | undefined;
    freshnessSeconds: number;
    /** External sites, which may disconnect at any time. */
    external?: string[];
  },
): SyncFolderStatus {
  const { generation, problems, report, members, name, freshnessSeconds, before, now } = facts;
  const sites = report?.sites.filter((site) => members?.includes(site.name)) ?? [];
  const lags = sites.filter((site) => !isAway(site, facts)).map((site) => site.folders[name]?.lagSeconds ?? 0);
  const worst = Math.max(0, ...lags);
  const current = sites.filter((site) => site.connected && (site.folders[name]?.lagSeconds ?? 0) <= freshnessSeconds);
  const conditions = [folderReady(facts, worst, freshnessSeconds), stalled(problems, members !== undefined)];
  return {
    ...base(generation),
    conditions: conditionsFrom(conditions, before.conditions ?? [], generation, now),
    sites: members?.length ?? 0,
    ...(report && { sitesInSync: current.length, lag: age(worst < YOUNG_SECONDS ? 0 : worst) }),
  };
}

/** An external site that is away does not make the folder unready; the message mentions it. */
const isAway = (
  { name, connected }: { name: string; connected: boolean },
  { external = [] }: { external?: string[] },
) => !connected && external.includes(name);

function folderReady(
  { report, members, external }: Common & { members: string[] | undefined; external?: string[] },
  worst: number,
  freshnessSeconds: number,
): NewCondition {
  if (!members) return condition('Ready', 'False', 'InvalidSpec', 'See the condition Stalled');
  if (!report) return condition('Ready', 'Unknown', 'NoReport', 'No hub reports the status of the sites');
  const heard = new Set(report.sites.filter(({ connected }) => connected).map(({ name }) => name));
  const silent = members.filter((name) => !heard.has(name));
  const away = silent.filter((name) => isAway({ name, connected: false }, { external: external ?? [] }));
  const missed = silent.filter((name) => !away.includes(name));
  if (missed.length > 0)
    return condition('Ready', 'Unknown', 'SitesNotHeard', `Not connected: ${missed.join(', ')}`.slice(0, 1000));
  if (worst > freshnessSeconds)
    return condition('Ready', 'False', 'Lagging', `A site is missing versions older than ${age(freshnessSeconds)}`);
  const fresh = `No site is missing a version older than ${age(freshnessSeconds)}`;
  const gone = away.length > 0 ? `. Away: ${away.join(', ')}`.slice(0, 1000) : '';
  return condition('Ready', 'True', 'Fresh', `${fresh}${gone}`);
}
