import type { DataDir } from '../../local/data-dir.ts';
import { ensureUsers } from '../../local/first-admin.ts';
import { siteClients } from '../sites/client.ts';
import { sitesTable } from '../sites/sites-table.ts';
import { print } from '../terminal/output.ts';

/** Printed when the network is up: the offices and, once, who may sign in to their pages. */
export async function welcome(data: DataDir): Promise<void> {
  const plans = siteClients(data).map(({ plan }) => plan);
  const password = await ensureUsers(data, plans);
  print(sitesTable(data));
  if (password === undefined) return;
  print(`
Sign in at a page as "admin" with the password ${password}
It is shown this once. To set another one or to add people: npx sitesync user --help`);
}
