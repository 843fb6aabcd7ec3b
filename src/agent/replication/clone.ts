import { existsSync, readFileSync } from 'node:fs';
import { delay } from '../../base/delay.ts';
import { writeIfChanged } from '../../base/files.ts';
import { problem } from '../../problems/problem.ts';
import { setProblem } from '../site/set-problem.ts';
import type { SiteContext } from '../site/site.ts';

const POLL_MS = 1000;

/** Remembers, over restarts, that another machine speaks as this site, and which neighbour told. */
export function noteClone({ dir }: Pick<SiteContext, 'dir'>, peer: string): void {
  writeIfChanged(dir.cloned, `${peer}\n`);
}

/**
 * Two copies of one site must never speak in turn: whatever one says the other takes for its own past. So the one that noticed
 * writes nothing more until a person has decided, and says so. Resolves at once where nothing was noticed.
 */
export async function waitWhileCloned(
  site: Pick<SiteContext, 'dir' | 'plan' | 'problems' | 'log' | 'signal'>,
): Promise<void> {
  const { dir, problems, signal } = site;
  if (!existsSync(dir.cloned)) return;
  const peer = readFileSync(dir.cloned, 'utf8').trim();
  setProblem(site, 'clone', problem('cloned', { peer, file: dir.cloned }));
  while (!signal.aborted && existsSync(dir.cloned)) await delay(POLL_MS, signal);
  problems.delete('clone');
}
