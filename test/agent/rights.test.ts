import { chmodSync, chownSync, mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { realDisk } from '../../src/agent/fs/real-disk.ts';
import { attribute, setAttribute } from '../../src/agent/fs/xattr.ts';
import { startSites } from '../support/agents.ts';
import { until } from '../support/until.ts';

const ROOT = process.getuid?.() === 0;
/** Debian's www-data, and a group that it is not in. */
const SERVICE = 33;
const DEPARTMENT = 100;
const ACCESS = 'system.posix_acl_access';
const DEFAULT = 'system.posix_acl_default';
const NOBODY_SPECIAL = 0xffff_ffff;

/** user::rwx, user:4242:rwx, group::rwx, mask::rwx, other::r-x */
const ACL = aclOf([
  [0x01, 7, NOBODY_SPECIAL],
  [0x02, 7, 4242],
  [0x04, 7, NOBODY_SPECIAL],
  [0x10, 7, NOBODY_SPECIAL],
  [0x20, 5, NOBODY_SPECIAL],
]);

/** As the agent names it: in an open directory. */
function open(path: string) {
  const fd = realDisk.openRoot(dirname(path));
  fds.push(fd);
  return { fd, name: basename(path) };
}
const fds: number[] = [];
afterAll(() => fds.forEach((fd) => realDisk.close(fd)));

function aclOf(entries: [number, number, number][]): Buffer {
  const acl = Buffer.alloc(4 + entries.length * 8);
  acl.writeUInt32LE(2);
  for (const [i, [tag, perm, id]] of entries.entries()) {
    acl.writeUInt16LE(tag, 4 + i * 8);
    acl.writeUInt16LE(perm, 6 + i * 8);
    acl.writeUInt32LE(id, 8 + i * 8);
  }
  return acl;
}

describe.skipIf(!ROOT).each([
  ['root', undefined],
  ['an ordinary user', SERVICE],
])('at sites that run as %s', (_who, user) => {
  let sites: Awaited<ReturnType<typeof startSites>>;
  const at = (site: string, path = '') => join(sites.get(site).root, path);
  /** Saves a file as a person whose files the service may change. */
  const save = (site: string, path: string, content: string | Buffer) => {
    writeFileSync(at(site, path), content);
    own(at(site, path));
  };
  const own = (path: string) => user !== undefined && chownSync(path, user, user);
  const makeDirectory = (site: string, path: string) => {
    mkdirSync(at(site, path));
    own(at(site, path));
  };
  const content = (site: string, path: string) => {
    try {
      return readFileSync(at(site, path), 'utf8');
    } catch {
      return undefined;
    }
  };
  const arrives = (site: string, path: string, text: string) =>
    until(() => content(site, path) === text, 30_000, `${path} at ${site}`);
  const mode = (site: string, path: string) => (statSync(at(site, path)).mode & 0o7777).toString(8);
  const has = (site: string, path: string, name: string) => attribute(open(at(site, path)), name);
  const settled = async () => {
    for (const site of sites.all()) await site.api('/api/v1/settle', { method: 'POST' });
  };
  /** How many versions brazil has made so far. */
  const made = async () => {
    const { vector } = await sites.get('brazil').status();
    return (vector as Record<string, { known: number }>).brazil?.known ?? 0;
  };

  beforeAll(async () => {
    sites = await startSites({
      hubs: ['germany'],
      links: [['brazil', 'germany']],
      ...(user !== undefined && { user }),
    });
  });
  afterAll(() => sites?.stop());

  it('what arrives in a directory of a department is the department’s, and an edit takes nothing away', async () => {
    makeDirectory('germany', 'cad');
    save('germany', 'cad/old.dwg', 'old');
    await arrives('brazil', 'cad/old.dwg', 'old');
    chownSync(at('brazil', 'cad'), -1, DEPARTMENT);
    chmodSync(at('brazil', 'cad'), 0o2775);
    setAttribute(open(at('brazil', 'cad')), DEFAULT, ACL);
    chownSync(at('brazil', 'cad/old.dwg'), -1, DEPARTMENT);
    setAttribute(open(at('brazil', 'cad/old.dwg')), 'user.author', Buffer.from('ann'));
    await settled();
    const before = await made();

    const big = 'x'.repeat(300_000);
    save('germany', 'cad/new.dwg', 'new');
    save('germany', 'cad/big.dwg', big);
    save('germany', 'cad/private.txt', 'private');
    chmodSync(at('germany', 'cad/private.txt'), 0o600);
    makeDirectory('germany', 'cad/sub');
    save('germany', 'cad/sub/in.dwg', 'in');
    save('germany', 'cad/old.dwg', 'old, edited');
    await arrives('brazil', 'cad/sub/in.dwg', 'in');
    await arrives('brazil', 'cad/old.dwg', 'old, edited');
    await arrives('brazil', 'cad/big.dwg', big);
    await arrives('brazil', 'cad/private.txt', 'private');
    await settled();

    for (const path of ['cad/new.dwg', 'cad/big.dwg', 'cad/private.txt', 'cad/sub', 'cad/sub/in.dwg', 'cad/old.dwg']) {
      expect({ path, group: statSync(at('brazil', path)).gid }).toEqual({ path, group: DEPARTMENT });
      expect({ path, acl: has('brazil', path, ACCESS) !== undefined }).toEqual({ path, acl: true });
    }
    expect(has('brazil', 'cad/sub', DEFAULT)?.equals(ACL)).toBe(true);
    expect([mode('brazil', 'cad'), mode('brazil', 'cad/sub')]).toEqual(['2775', '2775']);
    expect([mode('brazil', 'cad/new.dwg'), mode('brazil', 'cad/private.txt')]).toEqual(['664', '600']);
    expect(has('brazil', 'cad/old.dwg', 'user.author')?.toString()).toBe('ann');
    expect(mode('germany', 'cad/new.dwg')).toBe('644');
    expect(await made()).toBe(before);
  });

  it('what is fetched into a directory without the write bit arrives, and later changes too', async () => {
    // Too large for a row: it comes with rsync, which makes the directory in staging.
    const large = (fill: string) => fill.repeat(400_000);
    makeDirectory('germany', 'templates');
    save('germany', 'templates/letter.dot', large('1'));
    chmodSync(at('germany', 'templates/letter.dot'), 0o444);
    chmodSync(at('germany', 'templates'), 0o555);
    await arrives('brazil', 'templates/letter.dot', large('1'));
    await until(() => mode('brazil', 'templates') === '555', 20_000, 'the mode of the directory');
    chmodSync(at('germany', 'templates'), 0o755);
    save('germany', 'templates/invoice.dot', large('2'));
    chmodSync(at('germany', 'templates'), 0o555);
    await arrives('brazil', 'templates/invoice.dot', large('2'));
    // Counted once they are placed.
    const counted = (name: string) => new RegExp(`${name}\\{[^}]*folder="projects"[^}]*\\} [1-9]`);
    await until(
      async () => {
        const metrics = await (await sites.get('brazil').api('/metrics')).text();
        const names = ['sitesync_pulled_files_total', 'sitesync_pulled_bytes_total', 'sitesync_fetch_seconds_count'];
        return names.every((name) => counted(name).test(metrics));
      },
      20_000,
      'the metrics of the transfers',
    );
  });

  it('an edit here does not tell the others what is the rule here', async () => {
    await settled();
    writeFileSync(at('brazil', 'cad/new.dwg'), 'edited here');
    await arrives('germany', 'cad/new.dwg', 'edited here');
    expect(mode('germany', 'cad/new.dwg')).toBe('644');
    chmodSync(at('germany', 'cad/new.dwg'), 0o744);
    await until(() => mode('brazil', 'cad/new.dwg') === '764', 20_000, 'the mode');
    expect(has('brazil', 'cad/new.dwg', ACCESS)).toBeDefined();
  });

  it('files of other people get content, mode and times, and the department keeps its own', async () => {
    makeDirectory('germany', 'team');
    for (const name of ['plan', 'cost', 'note']) save('germany', `team/${name}`, name);
    for (const name of ['plan', 'cost', 'note']) await arrives('brazil', `team/${name}`, name);
    await settled();
    for (const name of ['plan', 'cost', 'note']) chownSync(at('brazil', `team/${name}`), 4242, 4242);
    await settled();
    const before = await made();
    save('germany', 'team/note', 'edited');
    chmodSync(at('germany', 'team/plan'), 0o664);
    utimesSync(at('germany', 'team/cost'), 1_500_000_000, 1_500_000_000);
    await arrives('brazil', 'team/note', 'edited');
    await until(() => mode('brazil', 'team/plan') === '664', 20_000, 'the mode');
    await until(() => statSync(at('brazil', 'team/cost')).mtimeMs === 1_500_000_000_000, 20_000, 'the time');
    await settled();
    expect(await made()).toBe(before);
    const owners = ['plan', 'cost', 'note'].map((name) => statSync(at('brazil', `team/${name}`)).uid);
    expect(owners).toEqual(Array(3).fill(user ?? 4242));
    const said = ((await sites.get('brazil').status()).errors as string[]).filter((one) => one.includes('rights of'));
    expect(said).toHaveLength(user === undefined ? 0 : 1);
    if (user !== undefined) expect(said[0]).toContain('rights of 3 files cannot be set: not root');
    expect((await sites.get('brazil').status()).filesBehind).toBe(0);
  });

  it('what may not be set at all is had as it is', async () => {
    makeDirectory('germany', 'closed');
    save('germany', 'closed/file', 'file');
    await arrives('brazil', 'closed/file', 'file');
    await settled();
    chownSync(at('brazil', 'closed/file'), 4242, 4242);
    chownSync(at('brazil', 'closed'), 4242, 4242);
    await settled();
    chmodSync(at('germany', 'closed/file'), 0o640);
    chmodSync(at('germany', 'closed'), 0o750);
    save('germany', 'afterwards', 'a sign');
    await arrives('brazil', 'afterwards', 'a sign');
    await until(async () => (await sites.get('brazil').status()).filesBehind === 0, 20_000, 'nothing behind');
    const modes = [mode('brazil', 'closed'), mode('brazil', 'closed/file')];
    expect(modes).toEqual(user === undefined ? ['750', '640'] : ['755', '644']);
    expect([mode('germany', 'closed'), mode('germany', 'closed/file')]).toEqual(['750', '640']);
  });

  it('staging gives nothing of the folder’s own ACL to what goes elsewhere', async () => {
    for (const name of ['.sitesync/staging', '.sitesync/partial', '.sitesync/archive', '.sitesync/replaced']) {
      expect(has('brazil', name, DEFAULT)).toBeUndefined();
      expect(mode('brazil', name)).toBe('700');
    }
  });
});
