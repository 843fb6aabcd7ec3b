/** What the roll-out of a new pod template needs to know about a site. */
export interface RolloutSite {
  name: string;
  role: 'hub' | 'child';
  /** The new template has not been applied to it yet. */
  pending: boolean;
  /** It has taken a template and is not yet what it was before: ready, and in sync. */
  taking: boolean;
  /** Whether its pod is ready. Undefined: unknown, as while its cluster does not respond; it gets nothing then. */
  up: boolean | undefined;
  /** Whether users can rely on it. */
  ready: boolean;
  /** For how long it has not been ready; 0 while it is. */
  unreadyMs: number;
}

export interface RolloutLimits {
  paused: boolean;
  /** What is wrong with the settings; until it is corrected, nothing rolls out. */
  invalid?: string;
  /** How many children restart at once: a number, or a share such as "25%". */
  maxUnavailable: string;
}

/** Why sites do not get the new template yet. */
type RolloutWait =
  | { why: 'paused'; invalid?: string }
  | { why: 'turn' }
  /** Until these are again what they were. */
  | { why: 'sites'; sites: string[] };

export interface RolloutDecision {
  /** Sites that take the new template now. */
  now: Set<string>;
  /** Applies to all other pending sites. */
  wait: RolloutWait;
}

/** A hub that has been away for longer is lost: others no longer wait for it. */
export const LOST_MS = 600_000;

/**
 * Which sites take the new template now. Pure; the order follows from the sites alone, so that a new operator continues.
 *
 * 1. A site whose pod does not come up with an earlier new template takes the next one at once.
 * 2. Nobody else does while a site is taking one.
 * 3. The first is one child that works. No other site follows before it is what it was.
 * 4. Then the hubs, one by one. A hub that is up waits while another is not ready, unless that one is lost.
 * 5. Then the children, as many at once as `maxUnavailable` allows.
 */
export function decideRollout(
  sites: RolloutSite[],
  { paused, invalid, maxUnavailable }: RolloutLimits,
): RolloutDecision {
  const decided = (take: RolloutSite[], wait: RolloutWait = { why: 'turn' }): RolloutDecision => ({
    now: new Set(take.map(({ name }) => name)),
    wait,
  });
  const sorted = sites.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const pending = sorted.filter((site) => site.pending && site.up !== undefined);
  if (paused || invalid !== undefined) return decided([], { why: 'paused', ...(invalid !== undefined && { invalid }) });

  const broken = pending.filter(({ taking, up }) => taking && !up);
  if (broken.length > 0) return decided(broken);
  const taking = sorted.filter((site) => site.taking && !site.pending);
  if (taking.length > 0) return decided([], { why: 'sites', sites: taking.map(({ name }) => name) });

  const children = sorted.filter(({ role }) => role === 'child');
  const isProven = children.some(({ pending: waits, ready }) => !waits && ready);
  const canary = pending.find(({ role, ready, up }) => role === 'child' && ready && up);
  if (!isProven && canary) return decided([canary]);

  const hubs = sorted.filter(({ role }) => role === 'hub');
  const pendingHubs = pending.filter(({ role }) => role === 'hub');
  if (pendingHubs.length > 0) {
    const absent = hubs.filter(({ ready, unreadyMs }) => !ready && unreadyMs < LOST_MS);
    const next = pendingHubs.find(({ name, up }) => !up || absent.every((hub) => hub.name === name));
    if (next) return decided([next]);
    return decided([], { why: 'sites', sites: absent.map(({ name }) => name) });
  }
  const most = countOf(maxUnavailable, children.length);
  return decided(pending.filter(({ role }) => role === 'child').slice(0, most));
}

const COUNT = /^(\d{1,6})(%?)$/;
export const isCount = (text: string): boolean => COUNT.test(text);

/** At least one, or nothing would ever change. Percentages are rounded up. Pure. */
export function countOf(text: string, total: number): number {
  const [, number = '1', percent] = COUNT.exec(text) ?? [];
  const count = percent ? Math.ceil((Number(number) * total) / 100) : Number(number);
  return Math.max(1, count);
}
