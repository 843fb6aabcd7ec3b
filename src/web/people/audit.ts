import { appendFile, readFile, rename, rm, stat } from 'node:fs/promises';
import { AuditRecord } from '../contract/audit.ts';

/** Who signed in, shared, or used a link, and who tried to. */
export interface Audit {
  /** Never throws, and nobody waits for it. */
  note(what: Omit<AuditRecord, 'at'>): void;
  /** The newest first. `before`: how many newer ones to leave out. */
  read(before: number, limit: number): Promise<AuditRecord[]>;
  /** Removes what is older than the retention. */
  clean(): Promise<void>;
  /** What was noted so far is on disk. */
  written(): Promise<void>;
}

/** A file is closed at this size or age, and removed when another one is. */
const FILE_BYTES = 4 * 1024 * 1024;
const KEPT_MS = 90 * 86_400_000;
/** Records that wait for a slow disk; more are dropped. */
const MOST_WAITING = 10_000;

/**
 * A file of JSON lines, and the one before it: at most twice {@link FILE_BYTES}, and nothing older than 90 days is shown. Only
 * the site's user can read them. `now`: Unix ms.
 */
export function openAudit(path: string, now: () => number, failed: (error: Error) => void): Audit {
  const older = `${path}.1`;
  let waiting: AuditRecord[] = [];
  let writing = Promise.resolve();

  async function write(): Promise<void> {
    const records = waiting;
    waiting = [];
    if (records.length === 0) return;
    await appendFile(path, records.map((one) => `${JSON.stringify(one)}\n`).join(''), { mode: 0o600 });
    const { size } = await stat(path);
    if (size > FILE_BYTES) await rename(path, older);
  }

  async function recordsOf(file: string): Promise<AuditRecord[]> {
    const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    });
    return text.split('\n').flatMap(parse);
  }

  return {
    note(what) {
      if (waiting.length >= MOST_WAITING) return;
      waiting.push({ at: new Date(now()).toISOString(), ...what });
      writing = writing.then(write).catch(failed);
    },
    async read(before, limit) {
      await writing;
      const since = new Date(now() - KEPT_MS).toISOString();
      const all = [...(await recordsOf(older)), ...(await recordsOf(path))].filter(({ at }) => at >= since);
      return all.toReversed().slice(before, before + limit);
    },
    async clean() {
      const closed = await stat(older).catch(() => undefined);
      if (closed && closed.mtimeMs < now() - KEPT_MS) await rm(older, { force: true });
    },
    written: () => writing,
  };
}

/** A line that was cut by a power failure counts as none. */
function parse(line: string): AuditRecord[] {
  try {
    const result = AuditRecord.safeParse(JSON.parse(line));
    return result.success ? [result.data] : [];
  } catch {
    return [];
  }
}
