import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSites } from '../../support/agents.ts';
import { launch, noBrowser, type Opened, open, signIn } from '../../support/chromium.ts';
import { PASSWORD, writeUsers } from '../../support/page.ts';
import { until } from '../../support/until.ts';

describe.skipIf(noBrowser !== undefined)(`files on the page${noBrowser ? ` (${noBrowser})` : ''}`, () => {
  let sites: Awaited<ReturnType<typeof startSites>>;
  let browser: Browser;
  let anna: Opened;
  let page: Page;
  let root: string;
  const temp = mkdtempSync(join(tmpdir(), 'sitesync-uploads-'));
  const dialog = () => page.getByRole('dialog');
  const row = (name: string) => page.getByRole('row').filter({ hasText: name });
  const versionsOf = async (path: string) => {
    const answer = await page.request.get(`/api/v1/folders/projects/versions?path=${path}`);
    return ((await answer.json()) as { versions?: unknown[] }).versions?.length;
  };
  const tray = () => page.getByRole('complementary', { name: /^Uploads/ });
  const texts = (path: string) =>
    Object.fromEntries(
      readdirSync(join(root, path)).map((name) => [name, readFileSync(join(root, path, name), 'utf8')]),
    );
  /** Chooses a directory with these files in the browser. */
  async function uploadDirectory(name: string, files: Record<string, string>) {
    const directory = join(temp, name);
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
    for (const [file, text] of Object.entries(files)) writeFileSync(join(directory, file), text);
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Upload a directory' }).click();
    await (await chooser).setFiles(directory);
  }
  const done = (count: number) => tray().getByText(`Uploads: ${count} of ${count}`).waitFor();

  beforeAll(async () => {
    sites = await startSites({ hubs: ['brazil'], links: [], page: true });
    const site = sites.get('brazil');
    ({ root } = site);
    await writeUsers(site, [{ name: 'anna', admin: true }]);
    browser = await launch();
    const origin = `http://127.0.0.1:${site.plan.page!.port}`;
    await until(async () => (await fetch(`${origin}/api/v1/session`)).ok, 20_000, 'the page');
    anna = await open(browser, origin);
    page = anna.page;
    await signIn(page, 'anna', PASSWORD);
    await page.goto('/f/projects');
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await sites?.stop();
    rmSync(temp, { recursive: true, force: true });
  });

  it('asks about each file that is already there with other content, and about no other', async () => {
    await uploadDirectory('plans', { a: 'a', b: 'b', c: 'c', d: 'd', same: 'same' });
    await done(5);
    await uploadDirectory('plans', { a: 'A', b: 'B', c: 'C', d: 'D', same: 'same', new: 'new' });
    // Chromium lists a directory in an order of its own.
    const answered: Record<string, string> = {};
    for (const choice of ['Replace', 'Keep both', 'Skip']) {
      const [, name = ''] = /plans\/(.) is/.exec((await dialog().getAttribute('aria-label')) ?? '')!;
      answered[name] = choice;
      if (choice === 'Skip') await dialog().getByLabel('Do the same for 1 more file').check();
      await dialog().getByRole('button', { name: choice }).click();
      await page.getByRole('dialog', { name: `plans/${name} is` }).waitFor({ state: 'detached' });
    }
    await done(11);
    const expected: Record<string, string> = { same: 'same', new: 'new' };
    for (const name of ['a', 'b', 'c', 'd']) {
      expected[name] = answered[name] === 'Replace' ? name.toUpperCase() : name;
      if (answered[name] === 'Keep both') expected[`${name} (2)`] = name.toUpperCase();
    }
    expect(texts('plans')).toEqual(expected);
    await tray().getByText('already there with the same content').waitFor();
    expect(await tray().getByText('skipped: left as it is').count()).toBe(2);
    expect(anna.faults).toEqual([]);
  });

  it('never shows a conflict as success', async () => {
    await page.goto('/f/projects');
    await uploadDirectory('late', { file: 'first' });
    await done(1);
    await uploadDirectory('late', { file: 'mine' });
    await dialog().getByRole('button', { name: 'Replace' }).waitFor();
    // Somebody else saves it while the question is open.
    writeFileSync(join(root, 'late/file'), 'theirs');
    await until(async () => (await versionsOf('late/file')) === 2, 20_000, 'the other version');
    await dialog().getByRole('button', { name: 'Replace' }).click();
    await tray().locator('.is-conflict').getByText('Someone else changed it during the upload').waitFor();
    expect(readFileSync(join(root, 'late/file'), 'utf8')).toBe('theirs');
    expect(Object.values(texts('late')).sort()).toEqual(['mine', 'theirs']);
    expect(anna.faults).toEqual([]);
  });

  it('restores what was deleted, from the directory and from the list of all that was deleted', async () => {
    for (const name of ['one', 'two']) {
      mkdirSync(join(root, `gone/${name}`), { recursive: true });
      writeFileSync(join(root, `gone/${name}/file.txt`), name);
    }
    await page.goto('/f/projects/gone');
    await row('two').waitFor();
    await row('one').getByRole('checkbox').click();
    await row('two').getByRole('checkbox').click();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByText('This directory is empty').waitFor();
    await page.goto('/f/projects/gone?deleted=yes');
    await row('one').getByRole('checkbox').click();
    // What is deleted can be restored, and nothing else.
    for (const name of ['Rename', 'Move', 'Share', 'Delete'])
      expect([name, await page.getByRole('toolbar').getByRole('button', { name }).count()]).toEqual([name, 0]);
    await page.getByRole('toolbar').getByRole('button', { name: 'Restore' }).click();
    await until(async () => existsSync(join(root, 'gone/one/file.txt')), 20_000, 'the first directory');
    expect(existsSync(join(root, 'gone/two'))).toBe(false);
    await page.getByText('View', { exact: true }).click();
    await page.getByRole('link', { name: 'Deleted entries of the whole folder' }).click();
    await page.getByRole('heading', { name: 'Deleted entries' }).waitFor();
    await page.getByRole('listitem').filter({ hasText: /^two/ }).getByRole('checkbox').check();
    await page.getByRole('toolbar').getByRole('button', { name: 'Restore' }).click();
    await until(async () => existsSync(join(root, 'gone/two/file.txt')), 20_000, 'the second directory');
    expect(anna.faults).toEqual([]);
  });

  it('restores a directory as it was', async () => {
    await page.goto('/f/projects');
    await uploadDirectory('past', { 'text.txt': 'before' });
    await done(1);
    const then = new Date().toISOString();
    await uploadDirectory('past', { 'text.txt': 'after it' });
    await dialog().getByRole('button', { name: 'Replace' }).click();
    await done(2);
    expect(readFileSync(join(root, 'past/text.txt'), 'utf8')).toBe('after it');
    await page.goto(`/f/projects/past?at=${encodeURIComponent(then)}`);
    await row('text.txt').waitFor();
    await page.getByRole('button', { name: 'Restore this directory as it was then' }).click();
    await until(async () => readFileSync(join(root, 'past/text.txt'), 'utf8') === 'before', 20_000, 'the old text');
  });

  it('selects all rows, loaded or not', async () => {
    mkdirSync(join(root, 'many'));
    for (let i = 0; i < 450; i++) writeFileSync(join(root, `many/${i}.txt`), '');
    await page.goto('/f/projects/many');
    const grid = page.getByRole('grid');
    await until(async () => (await grid.getAttribute('aria-rowcount')) === '451', 20_000, 'the rows');
    await grid.focus();
    await page.keyboard.press('Control+a');
    await page.getByText('450 selected').waitFor();
  });

  it('shows and edits names as they are', async () => {
    mkdirSync(join(root, 'names'));
    for (const name of ['back\\slash.txt', 'two  spaces.txt']) writeFileSync(join(root, 'names', name), 'x');
    await page.goto('/f/projects/names');
    await row('spaces.txt').waitFor();
    expect(await row('spaces.txt').locator('bdi').innerText()).toBe('two  spaces.txt');
    await row('slash.txt').getByRole('checkbox').click();
    await page.getByRole('button', { name: 'Rename' }).click();
    expect(await dialog().getByLabel('Name').inputValue()).toBe('back\\slash.txt');
    await dialog().getByLabel('Name').fill('back\\slashed.txt');
    await page.keyboard.press('Enter');
    await until(async () => existsSync(join(root, 'names/back\\slashed.txt')), 20_000, 'the new name');
  });

  it('uploads what is dropped on the row of a directory into it', async () => {
    mkdirSync(join(root, 'drop/into'), { recursive: true });
    await page.goto('/f/projects/drop');
    await row('into').waitFor();
    const data = await page.evaluateHandle(`(() => {
      const transfer = new DataTransfer();
      transfer.items.add(new File(['dropped'], 'dropped.txt'));
      return transfer;
    })()`);
    await row('into').dispatchEvent('drop', { dataTransfer: data });
    await done(1);
    expect(existsSync(join(root, 'drop/into/dropped.txt'))).toBe(true);
    expect(existsSync(join(root, 'drop/dropped.txt'))).toBe(false);
  });

  it('warns before it is left during an upload, and remembers afterwards', async () => {
    await page.goto('/f/projects');
    // The upload begins, and nothing of it arrives.
    await page.route('**/uploads/*', (route) => (route.request().method() === 'PATCH' ? undefined : route.continue()));
    await uploadDirectory('long', { 'film.bin': 'x'.repeat(100_000) });
    await tray().getByRole('button', { name: 'Pause long/film.bin' }).waitFor();
    await until(async () => (await page.evaluate('localStorage.length')) !== 0, 10_000, 'the upload');
    page.removeAllListeners('dialog');
    const asked = page.waitForEvent('dialog');
    const left = page.reload();
    await (await asked).accept();
    await left;
    await tray().getByText('interrupted: upload it again to continue').waitFor();
    await page.unroute('**/uploads/*');
    await uploadDirectory('long', { 'film.bin': 'x'.repeat(100_000) });
    await done(1);
    expect(readFileSync(join(root, 'long/film.bin'), 'utf8')).toHaveLength(100_000);
    anna.faults.splice(0);
  });
});
