import { runAgent } from '../../agent/main.ts';
import { untilStopped } from '../until-stopped.ts';

/** Runs one site's agent until it is told to end. */
export async function agent({ siteDir }: { siteDir: string }): Promise<void> {
  await runAgent(siteDir, untilStopped());
}
