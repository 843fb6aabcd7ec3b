import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { doubtTrouble } from '../../../src/agent/apply/pairing.ts';
import { openFolder } from '../../../src/agent/fs/folder.ts';
import { realDisk } from '../../../src/agent/fs/real-disk.ts';
import { explain, explainRefusal } from '../../../src/agent/link/explain.ts';
import { troublesOf } from '../../../src/agent/page/network.ts';
import { cloneTrouble } from '../../../src/agent/replication/clone.ts';
import { whyStopped } from '../../../src/agent/replication/why-stopped.ts';
import { SiteReport, Summary } from '../../../src/api/network-report.ts';
import { siteDir } from '../../../src/base/site-dir.ts';
import type { FolderPlan, LinkPlan } from '../../../src/topology/site-plan.ts';
import { TROUBLES, understand } from '../../../src/web/contract/troubles.ts';

const temp = mkdtempSync(join(tmpdir(), 'sitesync-troubles-'));
afterAll(() => rmSync(temp, { recursive: true, force: true }));

const link = { peer: 'germany', address: { host: 'hub.example', port: 2222 } } as LinkPlan;

test.each([
  ['Error: remote port forwarding failed for listen port 10873', 'linkPortNotGranted', { port: '10873' }],
  ['bind [127.0.0.1]:10873: Address already in use', 'linkPortInUse', { port: '10873' }],
  ['Certificate invalid: expired', 'linkCertificateExpired', {}],
  ['Host key verification failed.', 'linkImpostor', { at: 'hub.example:2222' }],
  ['sitesync@hub.example: Permission denied (publickey).', 'linkRefused', {}],
  [
    'ssh: Could not resolve hostname hub.example: Name or service not known',
    'linkNameUnknown',
    { host: 'hub.example' },
  ],
  ['ssh: connect to host hub.example port 2222: Connection refused', 'linkNobodyListens', { at: 'hub.example:2222' }],
  ['ssh: connect to host hub.example port 2222: Connection timed out', 'linkNoAnswer', { at: 'hub.example:2222' }],
  ['ssh: connect to host hub.example port 2222: No route to host', 'linkNoRoute', { at: 'hub.example:2222' }],
  ['Timeout, server hub.example not responding.', 'linkSilent', {}],
  ['Connection closed by 10.0.0.1 port 2222', 'linkClosed', { at: 'hub.example:2222' }],
  ['ENOENT: spawn ssh ENOENT', 'linkNoSsh', {}],
  ['something new', 'linkDown', { why: 'something new' }],
])('what ssh says is understood at other offices: %s', (line, code, params) => {
  const told = `link to germany: ${explain([line], link)}`;
  expect(understand('brazil', told)).toMatchObject({ code, params: { ...params, peer: 'germany', site: 'brazil' } });
});

test('so are the other troubles that an office tells of itself', () => {
  const codeOf = (told: string) => understand('brazil', told).code;
  expect(codeOf(`link to germany: ${explainRefusal(link)}`)).toBe('linkOlderPlan');
  expect(codeOf(`link to germany: ${explain([], link)}`)).toBe('linkEnded');
  const channel = { state: 'purged', error: undefined } as unknown as Parameters<typeof whyStopped>[0];
  expect(codeOf(`replication from germany: ${whyStopped(channel)}`)).toBe('stateCopied');
  expect(codeOf('replication from germany: Error 1236')).toBe('stateBroken');
  expect(codeOf(doubtTrouble('brazil', ['/srv/files/.sitesync/mark']))).toBe('databaseOlder');
  expect(codeOf(cloneTrouble('brazil', '/srv/sitesync/state/cloned', 'germany'))).toBe('cloned');
  const plan = { name: 'projects', path: join(temp, 'gone') } as FolderPlan;
  const why = (catching(() => openFolder(plan, siteDir(temp), true, realDisk)) as Error).message;
  expect(understand('brazil', `folder projects at ${plan.path}: ${why}`)).toMatchObject({
    code: 'markerGone',
    params: { folder: 'projects', root: plan.path },
  });
  expect(understand('brazil', why)).toMatchObject({ code: 'markerGone', params: { root: plan.path } });
  expect(codeOf('folder projects at /srv/files: EIO: i/o error')).toBe('folderShut');
  expect(codeOf('rsync: [receiver] write failed on "x": No space left on device (28)')).toBe('diskFull');
  expect(codeOf('ENOSPC: no space left on device, write')).toBe('diskFull');
  expect(codeOf('"plans": EACCES')).toBe('noPermission');
  expect(understand('brazil', 'never heard of')).toMatchObject({ code: 'other', reason: 'never heard of' });
});

test('what another office says becomes text and nothing else, whatever it says', () => {
  for (const text of ['{site}', '__proto__', 'link to {peer}: {why}', 'x'.repeat(300), '']) {
    const { reason } = understand('brazil', text);
    expect(reason).toContain(text);
  }
});

test('every trouble says what is wrong and what to do', () => {
  const summary = Summary.parse({ replicating: false, held: 2, errors: ['"plans": EACCES'] });
  const about = { name: 'brazil', role: 'child', via: null, connected: false, inSync: false, lagSeconds: 0 };
  const counts = { filesBehind: 0, bytesBehind: 0, more: false, folders: {}, version: '1', beatAt: 0 };
  const report = { ...about, ...counts, summary, disk: { free: 1, size: 100 }, clockAheadSeconds: -90 };
  const troubles = troublesOf(SiteReport.parse(report));
  const codes = ['away', 'stateStopped', 'diskNearlyFull', 'clockBehind', 'held', 'noPermission'];
  expect(troubles.map(({ code }) => code)).toEqual(codes);
  for (const { reason, remedy } of troubles) expect(`${reason} ${remedy}`).not.toMatch(/[{}]|undefined/);
  expect(Object.keys(TROUBLES).at(-1)).toBe('other');
});

function catching(task: () => unknown): unknown {
  try {
    return task();
  } catch (error) {
    return error;
  }
}
