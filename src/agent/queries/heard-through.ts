import type { Summary } from '../../api/network-report.ts';

/**
 * Through which hub each site is heard: starts with this site's own neighbours, then follows every hub that is heard
 * itself. Silent sites must be absent from `beats`: they are not heard, nor does what they say count. What a mute hub
 * says does not count either, although it is heard. Pure.
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
