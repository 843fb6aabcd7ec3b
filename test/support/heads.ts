import type { Connection } from 'mysql2/promise';
import { refOf } from '../../src/agent/store/path-ref.ts';

/** Files in each directory. */
export const IN_ONE = 100_000;

/**
 * Tells a database that is asked as root of so many files of germany, `many-0/Plan 1 of house 1.dwg` and so on, each as large as its
 * number and as old as that many ns: nothing of them is on any disk.
 */
export async function fillHeads(root: Connection, count: number): Promise<void> {
  const row = (path: string, seq: number, kind: string) => {
    const { dirKey, pathKey } = refOf('projects', path);
    return [dirKey, pathKey, 'projects', path, 'germany', seq, kind, seq, seq, 420, 1];
  };
  const save = (rows: unknown[][]) =>
    root.query(
      'INSERT INTO local.head (dir_key, path_key, folder, path, origin, seq, kind, size, mtime_ns, mode, clock) VALUES ?',
      [rows],
    );
  await save(Array.from({ length: Math.ceil(count / IN_ONE) }, (_, i) => row(`many-${i}`, count + i + 1, 'dir')));
  for (let from = 0; from < count; from += 5000) {
    const rows = Array.from({ length: Math.min(5000, count - from) }, (_, i) => {
      const seq = from + i + 1;
      return row(`many-${Math.floor((seq - 1) / IN_ONE)}/Plan ${seq} of house ${seq % 977}.dwg`, seq, 'file');
    });
    await save(rows);
  }
}
