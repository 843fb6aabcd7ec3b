import { existsSync, readFileSync } from 'node:fs';
import { delay } from '../../base/delay.ts';
import { writeIfChanged } from '../../base/files.ts';
import type { Here } from '../site/site.ts';

const POLL_MS = 1000;

/** Remembers, over restarts, that another machine speaks as this site, and which neighbour told. */
export function noteClone({ dir }: Pick<Here, 'dir'>, peer: string): void {
  writeIfChanged(dir.cloned, `${peer}\n`);
}

/**
 * Two copies of one site must never speak in turn: whatever one says the other takes for its own past. So the one that noticed
 * writes nothing more until a person has decided, and says so. Resolves at once where nothing was noticed.
 */
export async function waitWhileCloned(site: Pick<Here, 'dir' | 'plan' | 'troubles' | 'log' | 'signal'>): Promise<void> {
  const { dir, plan, troubles, log, signal } = site;
  if (!existsSync(dir.cloned)) return;
  const trouble = cloneTrouble(plan.site, dir.cloned, readFileSync(dir.cloned, 'utf8').trim());
  log.error({ reason: trouble }, 'another machine runs as this site');
  troubles.set('clone', trouble);
  while (!signal.aborted && existsSync(dir.cloned)) await delay(POLL_MS, signal);
  troubles.delete('clone');
}

/** For people, with the two remedies. Pure. */
export const cloneTrouble = (site: string, file: string, peer: string): string =>
  `another machine runs as ${site}, as ${peer} heard, and nothing that is saved at this one goes out: to keep this one, stop the other one, then run "rm ${file}" here; to keep the other one, run "sitesync down" here`;
