import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { ensureCa } from '../../src/pki/authority.ts';
import { issueSite, readIdentity, sshFiles } from '../../src/pki/keys.ts';

const root = mkdtempSync(join(tmpdir(), 'sitesync-keys-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const days = (life: number) => ({ days: life, now: Date.now() });
const keygen = (...args: string[]) =>
  execFileSync('ssh-keygen', args, { encoding: 'utf8', env: { ...process.env, TZ: 'UTC' } });
const contents = (dir: string) =>
  Object.fromEntries(
    readdirSync(dir).map((name) => [
      name,
      `${readFileSync(join(dir, name), 'latin1')} ${statSync(join(dir, name)).mtimeMs}`,
    ]),
  );

test('concurrent calls create one CA, readable by its owner only', async () => {
  const dir = join(root, 'race');
  const keys = await Promise.all([ensureCa(dir), ensureCa(dir), ensureCa(dir)]);
  expect(new Set(keys).size).toBe(1);
  expect(readFileSync(join(dir, 'ca.pub'), 'utf8')).toBe(keys[0]);
  expect(statSync(join(dir, 'ca')).mode & 0o777).toBe(0o600);
  expect(readdirSync(dir).toSorted()).toEqual(['ca', 'ca.pub']);
});

test('a hub gets a user and a host certificate for its name, with port forwarding as its only permission', async () => {
  const ssh = join(root, 'germany');
  const identity = await issueSite(join(root, 'ca'), { site: 'germany', role: 'hub' }, ssh, days(100));
  const files = sshFiles(ssh);
  const user = keygen('-L', '-f', files.userCertificate);
  expect(user).toMatch(
    /user certificate[\s\S]*Principals:\s+germany\s+Critical Options: \(none\)\s+Extensions:\s+permit-port-forwarding\s*$/,
  );
  expect(keygen('-L', '-f', files.hostCertificate)).toMatch(
    /host certificate[\s\S]*Key ID: "germany"[\s\S]*Principals:\s+germany\s/,
  );
  expect(keygen('-l', '-f', `${files.userKey}.pub`)).toContain(identity.fingerprint);
  expect(Math.abs(identity.validUntil - Date.now() - 100 * 86_400_000)).toBeLessThan(120_000);
  const until = /Valid: before (\S+)/.exec(user)?.[1];
  expect(Date.parse(`${until}Z`)).toBe(identity.validUntil);
  expect(statSync(files.hostKey).mode & 0o777).toBe(0o600);
});

test('a child gets no host key', async () => {
  const ssh = join(root, 'brazil');
  await issueSite(join(root, 'ca'), { site: 'brazil', role: 'child' }, ssh);
  expect(readdirSync(ssh).filter((name) => name.startsWith('host_key'))).toEqual([]);
});

test('valid certificates are kept; others are reissued for the same key', async () => {
  const ssh = join(root, 'spain');
  const files = sshFiles(ssh);
  const issue = (life: number) => issueSite(join(root, 'ca'), { site: 'spain', role: 'hub' }, ssh, days(life));
  const first = await issue(10);
  const before = contents(ssh);
  await issue(10);
  await issue(29);
  expect(contents(ssh)).toEqual(before);

  const longer = await issue(50); // 10 days are less than a third of 50
  expect(longer.fingerprint).toBe(first.fingerprint);
  expect(longer.validUntil).toBeGreaterThan(first.validUntil);

  await issueSite(join(root, 'other-ca'), { site: 'spain', role: 'hub' }, ssh, days(50));
  expect(keygen('-L', '-f', files.userCertificate)).toContain(
    keygen('-l', '-f', join(root, 'other-ca', 'ca.pub')).split(' ')[1],
  );

  rmSync(`${files.userKey}.pub`);
  chmodSync(files.userKey, 0o640);
  await issueSite(join(root, 'other-ca'), { site: 'spain', role: 'hub' }, ssh, days(50));
  expect(readIdentity(ssh).fingerprint).toBe(first.fingerprint);
  expect(statSync(files.userKey).mode & 0o777).toBe(0o600);
});
