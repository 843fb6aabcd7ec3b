import { expect, test } from 'vitest';
import { NetworkReport } from '../../src/api/network-report.ts';
import { rowsFromReport } from '../../src/cli/sites/report-rows.ts';

const AT = Date.parse('2026-11-23T12:00:00Z');
const site = (name: string, over: object = {}) => ({
  name,
  role: name === 'germany' ? 'hub' : 'child',
  via: name === 'germany' ? 'brazil' : 'germany',
  connected: true,
  inSync: true,
  lagSeconds: 0,
  filesBehind: 0,
  bytesBehind: 0,
  more: false,
  folders: {},
  summary: {},
  version: '0.1.0',
  disk: { free: 1, size: 2 },
  beatAt: AT - 500_000,
  heardAt: AT - 20_000,
  ...over,
});
const view = (...sites: object[]) =>
  rowsFromReport(NetworkReport.parse({ reporter: 'brazil', at: AT, beatSeconds: 48, sites }), () => null);

test('a child reports itself as of now, and others as of when it heard them', () => {
  const own = { via: null, heardAt: AT, summary: { peers: ['germany'], connected: true } };
  expect(view(site('brazil', own), site('germany'), site('spain'))).toMatchObject([
    { name: 'brazil', hub: 'germany', connected: true, asOf: '2026-11-23T12:00:00.000Z' },
    { name: 'germany', hub: null, connected: true, asOf: '2026-11-23T11:59:40.000Z' },
    { name: 'spain', hub: 'germany', connected: true, errors: [] },
  ]);
});

test('a disconnected child says so, and what it last heard', () => {
  const own = { via: null, inSync: false, summary: { connected: false } };
  const lost = { via: null, connected: false, inSync: false, filesBehind: 2, summary: { errors: ['disk full'] } };
  const errors = ['brazil receives no heartbeats from it', 'disk full'];
  expect(view(site('brazil', own), site('spain', lost))).toMatchObject([
    { connected: false, inSync: false, hub: null, errors: [] },
    { connected: false, inSync: false, hub: null, errors, filesBehind: 2, asOf: '2026-11-23T11:59:40.000Z' },
  ]);
});

test('a site that was never heard from has no numbers', () => {
  const unknown = { connected: false, inSync: false, filesBehind: 7, beatAt: 0, heardAt: 0 };
  expect(view(site('spain', unknown))).toMatchObject([{ lagSeconds: null, filesBehind: null, held: null, asOf: null }]);
});
