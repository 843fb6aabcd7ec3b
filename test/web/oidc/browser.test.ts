import { writeFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { startSites } from '../../support/agents.ts';
import { checkAccess, launch, noBrowser, open } from '../../support/chromium.ts';
import { CLIENT, startProvider } from '../../support/oidc.ts';
import { PASSWORD, writeUsers } from '../../support/page.ts';
import { until } from '../../support/until.ts';

/** To a browser "localhost" and "127.0.0.1" are two sites: cookies behave as between two hosts. */
describe.skipIf(noBrowser !== undefined)(`signing in by a provider${noBrowser ? ` (${noBrowser})` : ''}`, () => {
  let sites: Awaited<ReturnType<typeof startSites>>;
  let provider: Awaited<ReturnType<typeof startProvider>>;
  let browser: Browser;
  let origin: string;
  const oidc = () => ({
    issuer: provider.issuer,
    clientId: CLIENT.id,
    clientSecret: CLIENT.secret,
    url: origin,
    name: 'Acme',
    scopes: ['profile', 'groups'],
    folders: { projects: { editor: ['makers'] } },
  });
  const setUp = (more: object = {}) =>
    writeFileSync(sites.get('brazil').dir.page.oidc, stringify({ ...oidc(), ...more }), { mode: 0o600 });
  /** Requests to the provider are expected, and its pages load fonts. */
  const meant = () => [provider.issuer, 'https://fonts.googleapis.com'].map((to) => `a request to ${to}`);
  const others = (faults: string[]) => faults.filter((fault) => !meant().includes(fault));

  beforeAll(async () => {
    sites = await startSites({ hubs: ['brazil'], links: [], page: true });
    origin = `http://localhost:${sites.get('brazil').plan.page!.port}`;
    provider = await startProvider([origin], (subject) => ({
      preferred_username: subject,
      groups: subject === 'anna' ? ['makers'] : [],
    }));
    setUp();
    browser = await launch();
    await until(async () => (await fetch(`${origin}/api/v1/session`)).ok, 20_000, 'the page');
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await provider?.stop();
    await sites?.stop();
  });

  it('leads to the provider and back to the requested screen, and out again', async () => {
    const { context, page, faults } = await open(browser, origin);
    await page.goto('/f/projects?tab=where');
    const button = page.getByRole('link', { name: 'Sign in with Acme' });
    await button.waitFor();
    expect(await page.getByLabel('Password').count()).toBe(0);
    await checkAccess(page);
    await button.click();
    await page.getByPlaceholder('Enter any login').fill('anna');
    await page.getByPlaceholder('and password').fill('any');
    await page.getByRole('button', { name: 'Sign-in' }).click();
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByText('anna', { exact: true }).waitFor();
    expect(page.url()).toBe(`${origin}/f/projects?tab=where`);
    await page.getByText('This directory is empty').waitFor();
    const [cookie, ...more] = (await context.cookies(origin)).filter(({ name }) => name.startsWith('sitesync_'));
    expect([cookie?.name, cookie?.httpOnly, cookie?.sameSite, more]).toEqual(['sitesync_brazil', true, 'Strict', []]);
    await page.reload();
    await page.getByText('anna', { exact: true }).waitFor();
    // If another window is signed in at the provider, one click is enough.
    const { length } = await context.cookies(provider.issuer);
    expect(length).toBeGreaterThan(0);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL((url) => url.origin === provider.issuer);
    await page.getByRole('button', { name: /yes/i }).click();
    await page.getByRole('link', { name: 'Sign in with Acme' }).waitFor();
    expect(page.url()).toBe(`${origin}/`);
    expect((await context.cookies(origin)).filter(({ name }) => name.startsWith('sitesync_'))).toEqual([]);
    expect(others(faults)).toEqual([]);
    await context.close();
  });

  it('says why somebody is not signed in, once', async () => {
    const { context, page, faults } = await open(browser, origin);
    await page.goto('/network');
    await page.getByRole('link', { name: 'Sign in with Acme' }).click();
    await page.getByPlaceholder('Enter any login').fill('nora');
    await page.getByPlaceholder('and password').fill('any');
    await page.getByRole('button', { name: 'Sign-in' }).click();
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByText('have no access to this office').waitFor();
    await page.waitForURL(`${origin}/network`);
    await checkAccess(page);
    await page.reload();
    await page.getByRole('link', { name: 'Sign in with Acme' }).waitFor();
    expect(await page.getByText('have no access to this office').count()).toBe(0);
    for (const code of ['<img src=x onerror=alert(1)>', 'constructor']) {
      await page.goto(`/?sign-in=${encodeURIComponent(code)}`);
      await page.getByRole('link', { name: 'Sign in with Acme' }).waitFor();
      expect(await page.getByRole('alert').count()).toBe(0);
    }
    expect(others(faults)).toEqual([]);
    await context.close();
  });

  it('says that the provider does not respond; users with a password can sign in', async () => {
    await writeUsers(sites.get('brazil'), [{ name: 'root', admin: true }]);
    setUp({ name: 'Acme far away' });
    await provider.stop();
    const { context, page, faults } = await open(browser, origin);
    await page.goto('/');
    await page.getByText('Acme far away is not responding at the moment').waitFor();
    await page.getByText('If you have a password for this office, you can sign in with that.').waitFor();
    expect(await page.getByRole('link', { name: /Sign in with/ }).count()).toBe(0);
    await checkAccess(page);
    await page.getByLabel('Name').fill('root');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('root', { exact: true }).waitFor();
    expect(faults).toEqual([]);
    await context.close();
  });
});
