import { type Gap, gapsOf, mergeStatus, type SiteAnswer } from '../../agent/queries/merge-status.ts';

/** Why the network is not in sync, one line per reason; empty when it is. */
export function missingOf(answers: SiteAnswer[]): string[] {
  const gaps = gapsOf(answers);
  return mergeStatus(answers).flatMap((site) => {
    if (site.inSync) return [];
    const own = gaps.filter((gap) => gap.site === site.name).map(describeGap);
    const behind = site.filesBehind
      ? [`${site.filesBehind} files (${site.bytesBehind} bytes) have not arrived yet`]
      : [];
    const link = site.asOf !== null && !site.connected ? ['is not connected'] : [];
    const held = site.held ? [`${site.held} of its changes wait for approval: see "sitesync held ${site.name}"`] : [];
    const reasons = [...link, ...behind, ...own, ...held, ...site.errors];
    return (reasons.length > 0 ? reasons : site.reasons).map((reason) => `${site.name}: ${reason}`);
  });
}

function describeGap({ origin, held, newest, unaware }: Gap): string {
  const what = unaware ? 'does not know yet of all changes' : 'does not hold all changes';
  return `${what} made at ${origin} (${held} of ${newest})`;
}
