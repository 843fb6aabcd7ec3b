import { pino } from 'pino';
import { serveSshd } from '../../agent/link/serve-sshd.ts';
import { readPlan } from '../../agent/site/site-files.ts';
import { logTo, logUnhandledRejections } from '../../base/log.ts';
import { siteDir } from '../../base/site-dir.ts';
import { stopSignal } from '../supervise/stop-signal.ts';
import type { ProcessOptions } from './process-options.ts';

/** Runs a hub's sshd until it is told to stop. */
export async function sshd({ siteDir: root, healthPort }: ProcessOptions): Promise<void> {
  const signal = stopSignal();
  const dir = siteDir(root);
  const log = pino({ name: 'sshd', base: { site: readPlan(dir).site } }, logTo());
  logUnhandledRejections(log);
  await serveSshd(dir, { log, signal, healthPort, say: (line) => process.stderr.write(`${line}\n`) });
}
