import { existsSync, readFileSync } from 'node:fs';
import { delay } from '../../base/delay.ts';
import { writeIfChanged } from '../../base/files.ts';
import { problem } from '../../problems/problem.ts';
import { setProblem } from '../site/set-problem.ts';
import type { SiteContext } from '../site/site.ts';

const POLL_MS = 1000;

/** Records, across restarts, that another machine runs as this site, according to this neighbour. */
export function noteClone({ dir }: Pick<SiteContext, 'dir'>, peer: string): void {
  writeIfChanged(dir.cloned, `${peer}\n`);
}

/**
 * Two copies of one site must not take turns: what one says, the other takes for its own past. So the one that notices
 * writes nothing until an administrator has decided, and reports it. Resolves at once when no copy was noticed.
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
