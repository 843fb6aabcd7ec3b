import type { Summary } from '../../api/network-report.ts';

/**
 * Which hub hears which site: starts with this site's own neighbours, then those of every hub that is heard itself. `beats`
 * are those of the sites that are not silent: no other is heard, or counts as a source. Neither does a mute hub, although
 * it is heard. Pure.
 */
export function heardThrough(
  plan: { site: string; sites: { name: string; role: 'hub' | 'child' }[] },
  beats: Map<string, { summary: Summary }>,
  isMute: (hub: string) => boolean = () => false,
) {
  const hubs = new Set(plan.sites.filter(({ role }) => role === 'hub').map(({ name }) => name));
  const heard = new Map<string, string>();
  const open = [plan.site];
  const done = new Set<string>(open);
  for (let hub = open.shift(); hub !== undefined; hub = open.shift()) {
    for (const peer of beats.get(hub)?.summary.peers ?? []) {
      if (!beats.has(peer)) continue;
      if (peer !== plan.site && !heard.has(peer)) heard.set(peer, hub);
      if (!hubs.has(peer) || done.has(peer) || isMute(peer)) continue;
      done.add(peer);
      open.push(peer);
    }
  }
  return heard;
}
