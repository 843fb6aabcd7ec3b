import { mkdirSync, readFileSync } from 'node:fs';
import type { Logger } from 'pino';
import { serveHealth } from '../../base/health.ts';
import { keepPulse } from '../../base/pulse.ts';
import type { SiteDir } from '../../base/site-dir.ts';
import { sshFiles } from '../../pki/keys.ts';
import { followFiles, readPlan } from '../site/site-files.ts';
import { keepListening } from './listener.ts';
import { knowsPenalties, principalsIn, sshdCommand, sshdListen } from './sshd.ts';
import { endStaleSession } from './stale-forwards.ts';
import { endConnections, stopSshd } from './stop-sshd.ts';

export interface SshdOptions {
  log: Logger;
  signal: AbortSignal;
  /** Called with each line of sshd's log. */
  say: (line: string) => void;
  /** Where the kubelet probes it; without one, its pulse file shows whether it works. */
  healthPort?: number | undefined;
}

/**
 * Runs a hub's sshd until the signal is aborted, then ends it with its connections. Passes its log to `say`, makes it
 * reload changed files, lets neighbours back in whose broken connection still holds their ports, and ends the connections
 * of those who lost access. An sshd that exits or hangs is replaced; established connections continue. Dies with this
 * process. Rejects when sshd cannot be started.
 */
export async function serveSshd(dir: SiteDir, { log, signal, say, healthPort }: SshdOptions): Promise<void> {
  // Needed for privilege separation as root; Debian creates it only when the ssh service starts.
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  const command = sshdCommand(dir, await knowsPenalties());
  if (signal.aborted) return;
  const listen = sshdListen(readPlan(dir));
  const over = new AbortController();
  const listener = keepListening(command, listen, { log, signal, said });
  const sshd = () => ({ pid: listener.pid(), listen });

  function said(line: string): void {
    say(line);
    try {
      endStaleSession(line, sshd(), () => readPlan(dir), log);
    } catch (error) {
      log.warn({ err: error }, 'the holder of a refused port could not be determined; the neighbour will retry');
    }
  }

  followFiles(
    [dir.config, dir.keys],
    () => filesReadOnce(dir),
    { log, signal: over.signal },
    () => {
      log.info('the files of sshd changed: reloading');
      listener.readAgain();
    },
  );
  let admitted = principalsIn(readFileSync(dir.sshd.principals, 'utf8'));
  followFiles(
    [dir.config],
    () => principalsIn(readFileSync(dir.sshd.principals, 'utf8')),
    { log, signal: over.signal },
    (names) => {
      const gone = admitted.filter((name) => !names.includes(name));
      admitted = names;
      if (gone.length === 0) return;
      log.warn({ gone }, 'a neighbour was removed: closing all connections, the remaining ones reconnect');
      endConnections(sshd());
    },
  );
  const stop = () => stopSshd(sshd());
  signal.addEventListener('abort', stop, { once: true });
  try {
    if (healthPort === undefined) keepPulse(dir.sshd.pulse, over.signal, listener.answers);
    else await serveHealth(healthPort, over.signal, listener.answers);
    await listener.ended;
  } finally {
    over.abort();
    signal.removeEventListener('abort', stop);
  }
}

/** The files that sshd reads only at its start and on SIGHUP. */
function filesReadOnce(dir: SiteDir): string[] {
  const { hostKey, hostCertificate } = sshFiles(dir.keys);
  return [dir.sshd.config, hostKey, hostCertificate].map((path) => readFileSync(path, 'latin1'));
}
