import { pino } from 'pino';
import { serveSshd } from '../../agent/link/serve-sshd.ts';
import { readPlan } from '../../agent/site/site-files.ts';
import { logTo, outliveRejections } from '../../base/log.ts';
import { siteDir } from '../../base/site-dir.ts';
import { untilStopped } from '../supervise/until-stopped.ts';
import type { ProcessOptions } from './process-options.ts';

/** Runs a hub's sshd until it is told to stop. */
export async function sshd({ siteDir: root, healthPort }: ProcessOptions): Promise<void> {
  const signal = untilStopped();
  const dir = siteDir(root);
  const log = pino({ name: 'sshd', base: { site: readPlan(dir).site } }, logTo());
  outliveRejections(log);
  await serveSshd(dir, { log, signal, healthPort, say: (line) => process.stderr.write(`${line}\n`) });
}
