import { stringify } from 'yaml';
import { readIfThere, writeIfChanged } from '../base/files.ts';
import type { SitePlan } from '../topology/site-plan.ts';
import { hashPassword, makePassword } from '../web/people/password.ts';
import type { DataDir } from './data-dir.ts';

/**
 * Gives every site without a users file the users of another one or, if no site has any, a single admin.
 * @returns the new admin's password, which is stored nowhere and must be shown now; undefined when there were users
 */
export async function ensureUsers(data: DataDir, plans: SitePlan[]): Promise<string | undefined> {
  const files = plans.filter(({ page }) => page).map(({ site }) => data.site(site).page.users);
  const missing = files.filter((file) => readIfThere(file) === undefined);
  if (missing.length === 0) return undefined;
  let text = files.map(readIfThere).find((one) => one !== undefined);
  let password: string | undefined;
  if (text === undefined) {
    password = makePassword();
    text = stringify({ users: [{ name: 'admin', admin: true, password: await hashPassword(password) }] });
  }
  for (const file of missing) writeIfChanged(file, text, 0o600);
  return password;
}
