import type { Detector } from '../detect/detector.ts';
import type { Here } from '../site/site.ts';

/** Starts a scan of every open folder and returns their names. It may take minutes: how it went is in the status. */
export function rescan({ folders }: Pick<Here, 'folders'>, detector: Pick<Detector, 'requestPass'>): string[] {
  const names = [...folders.keys()];
  for (const name of names) void detector.requestPass(name);
  return names;
}
