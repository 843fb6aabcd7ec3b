import { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { createConnection } from 'mysql2/promise';
import type { SiteDir } from '../base/site-dir.ts';

/**
 * Runs the start-up SQL of a site on its running server, so that a changed topology needs no restart. One statement per
 * line, as the server reads its init_file. Logs in as the operating system user, which only the socket allows.
 */
export async function runInitSql(dir: SiteDir): Promise<void> {
  // Through the descriptor of its directory: a socket path is limited to 107 bytes, and the data folder may be deeper.
  const data = await open(dir.mysql.data, 'r');
  try {
    const socketPath = `/proc/self/fd/${data.fd}/mysql.sock`;
    const db = await createConnection({ socketPath, user: userInfo().username });
    try {
      for (const line of readFileSync(dir.mysql.init, 'utf8').split('\n')) {
        if (line.trim() !== '') await db.query(line);
      }
    } finally {
      await db.end();
    }
  } finally {
    await data.close();
  }
}
