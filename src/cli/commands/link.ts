import { pino } from 'pino';
import { runLinks } from '../../agent/link/run.ts';
import { followFiles, readPlan } from '../../agent/site/site-files.ts';
import { serveHealth } from '../../base/health.ts';
import { logTo, logUnhandledRejections } from '../../base/log.ts';
import { siteDir } from '../../base/site-dir.ts';
import { stopSignal } from '../supervise/stop-signal.ts';
import type { ProcessOptions } from './process-options.ts';

/** Maintains the links that one site dials according to its plan, until it is told to stop. */
export async function link({ siteDir: root, healthPort }: ProcessOptions): Promise<void> {
  const signal = stopSignal();
  const dir = siteDir(root);
  const plan = readPlan(dir);
  const log = pino({ name: 'link', base: { site: plan.site } }, logTo());
  logUnhandledRejections(log);
  if (healthPort !== undefined) await serveHealth(healthPort, signal);
  const links = runLinks(plan, dir, { log, signal });
  followFiles([dir.config], () => readPlan(dir), { log, signal }, links.update);
  await links.closed;
}
