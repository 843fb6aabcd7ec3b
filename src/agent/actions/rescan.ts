import type { Detector } from '../detect/detector.ts';
import { mustHaveStarted } from '../queries/folder-of.ts';
import type { SiteContext } from '../site/site.ts';

/**
 * Starts a scan of every open folder and returns their names. It may take minutes: how it went is in the status. Throws
 * Refused while the agent is starting and has no folder open: the operator asks again, and would otherwise take it for a
 * completed scan.
 */
export function rescan(
  site: Pick<SiteContext, 'folders' | 'startup' | 'plan'>,
  detector: Pick<Detector, 'requestPass'>,
): string[] {
  mustHaveStarted(site);
  const names = [...site.folders.keys()];
  for (const name of names) void detector.requestPass(name);
  return names;
}
