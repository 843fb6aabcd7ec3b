import { text } from 'node:stream/consumers';
import { stringify } from 'yaml';
import { readIfThere, writeIfChanged } from '../../base/files.ts';
import { InvalidInput } from '../../base/invalid-input.ts';
import type { DataDir } from '../../local/data-dir.ts';
import { Role } from '../../web/contract/session.ts';
import { hashPassword, makePassword } from '../../web/people/password.ts';
import { parseUsers } from '../../web/people/users.ts';
import { siteClients } from '../sites/client.ts';
import { print } from '../terminal/output.ts';

interface Options {
  data: DataDir;
  /** A users file, instead of those of the sites in `data`. */
  file?: string;
  admin?: boolean;
  folder: string[];
  passwordStdin?: boolean;
  remove?: boolean;
}

/** Adds, changes or removes a user of the pages of all sites; running pages pick it up at once. */
export async function user(name: string, options: Options): Promise<void> {
  const files = options.file
    ? [options.file]
    : siteClients(options.data).map((site) => options.data.site(site.name).page.users);
  const password = options.passwordStdin ? (await text(process.stdin)).replace(/\r?\n$/, '') : makePassword();
  if (password === '')
    throw new InvalidInput([{ reason: 'the password is empty', remedy: 'Provide one on standard input' }]);
  const folders = Object.fromEntries(options.folder.map(readRight));
  const entry = { name, password: await hashPassword(password), ...(options.admin && { admin: true }), folders };
  // All files are validated before any is written.
  const texts = files.map((file) => {
    const others = parseUsers(readIfThere(file) ?? '', file).filter((one) => one.name !== name);
    const changed = stringify({ users: options.remove ? others : [...others, entry] });
    parseUsers(changed, file);
    return [file, changed] as const;
  });
  for (const [file, changed] of texts) writeIfChanged(file, changed, 0o600);
  if (options.remove) print(`${name} can no longer sign in.`);
  else if (options.passwordStdin) print(`${name} can sign in.`);
  else print(`${name} can sign in with the password ${password}\nIt will not be shown again.`);
}

/** `FOLDER=ROLE` */
function readRight(right: string): [string, Role] {
  const [folder = '', role] = right.split('=');
  const parsed = Role.safeParse(role);
  if (folder !== '' && parsed.success) return [folder, parsed.data];
  const remedy = `Use FOLDER=ROLE with one of the roles ${Role.options.join(', ')}; * is all other folders`;
  throw new InvalidInput([{ field: '--folder', reason: `"${right}" is not a valid right`, remedy }]);
}
