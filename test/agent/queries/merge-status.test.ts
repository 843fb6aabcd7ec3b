import { expect, test } from 'vitest';
import { gapsOf, mergeStatus, type SiteAnswer } from '../../../src/agent/queries/merge-status.ts';
import type { AgentStatus } from '../../../src/agent/queries/status.ts';
import { missingOf } from '../../../src/cli/sites/missing.ts';
import { problem } from '../../../src/problems/problem.ts';
import type { SitePlan } from '../../../src/topology/site-plan.ts';

type Vector = AgentStatus['vector'];

const names = ['australia', 'brazil', 'germany'];

function planOf(site: string): SitePlan {
  const sites = names.map((name) => ({
    name,
    id: 1,
    role: 'child' as const,
    ...(name === 'brazil' && { hub: 'germany' }),
  }));
  const inline = { maxBytes: 1, bytesPerSecond: 1, burstBytes: 1 };
  const ports = { mysql: 1, rsync: 2, api: 3 };
  return {
    network: 'test',
    site,
    id: 1,
    role: 'child',
    engine: 'mariadb',
    ports,
    links: [],
    folders: [],
    sites,
    inline,
    beatSeconds: 30,
  };
}

function says(name: string, vector: Vector, more: Partial<AgentStatus> = {}): SiteAnswer {
  const numbers = { lagSeconds: 0, filesBehind: 0, bytesBehind: 0, conflicts: 0, held: 0, damaged: 0, rowsRepaired: 0 };
  const detect = {
    watching: 'ok',
    watchedDirectories: 1,
    files: 0,
    lastPassMs: 1,
    lastPassAt: null,
    busy: false,
    errors: [],
  } as AgentStatus['detect'];
  const status: AgentStatus = {
    name,
    role: 'child',
    hub: null,
    connected: true,
    inSync: true,
    notInSync: [],
    reasons: [],
    folders: {},
    problems: [],
    errors: [],
    asOf: 'now',
    verifiedAt: null,
    verification: [],
    ...numbers,
    vector,
    detect,
    ...more,
  };
  return { plan: planOf(name), status };
}

const at = (n: number) => ({ known: n, held: n });
const inSync = (answers: SiteAnswer[]) => mergeStatus(answers).map((site) => site.inSync);

test('sites that hold everything that any of them knows are in sync', () => {
  const answers = names.map((name) => says(name, { brazil: at(7), germany: at(2) }));
  expect(inSync(answers)).toEqual([true, true, true]);
  expect(missingOf(answers)).toEqual([]);
});

test('a site that has not heard of a newer version is not in sync, whatever it says', () => {
  const answers = [
    says('australia', { brazil: at(6) }),
    says('brazil', { brazil: at(7) }),
    says('germany', { brazil: at(7) }),
  ];
  expect(inSync(answers)).toEqual([false, true, true]);
  expect(missingOf(answers)).toEqual(['australia: does not know yet of all changes made at brazil (6 of 7)']);
});

test('what a site has not heard of is added to what it says it lacks', () => {
  const answers = [says('australia', { brazil: at(6) }, { filesBehind: 2, bytesBehind: 20, lagSeconds: 9 })];
  const unheard = [{ name: 'australia', filesBehind: 3, bytesBehind: 300, lagSeconds: 5 }];
  expect(mergeStatus(answers, unheard)[0]).toMatchObject({ filesBehind: 5, bytesBehind: 320, lagSeconds: 9 });
});

test('an origin that a site has never heard of counts from zero', () => {
  const answers = [says('australia', {}), says('brazil', { brazil: at(1) })];
  expect(gapsOf(answers)).toEqual([
    { site: 'australia', origin: 'brazil', held: 0, known: 0, newest: 1, unaware: true },
  ]);
});

test('a version that is known but not held is missing', () => {
  const answers = [says('australia', { brazil: { known: 7, held: 5 } }), says('brazil', { brazil: at(7) })];
  expect(inSync(answers)).toEqual([false, true]);
  expect(missingOf(answers)).toEqual(['australia: does not hold all changes made at brazil (5 of 7)']);
});

test('versions of a removed site do not affect whether others are in sync', () => {
  expect(inSync([says('australia', {}), says('brazil', { iceland: at(9) })])).toEqual([true, true]);
});

test('a site that does not respond is not in sync, and its numbers are unknown rather than zero', () => {
  const answers: SiteAnswer[] = [
    says('germany', {}),
    { plan: planOf('brazil'), error: 'brazil: its agent is not running' },
  ];
  expect(mergeStatus(answers)[1]).toMatchObject({
    name: 'brazil',
    hub: 'germany',
    connected: false,
    inSync: false,
    filesBehind: null,
    lagSeconds: null,
    asOf: null,
  });
  expect(missingOf(answers)).toEqual(['brazil: brazil: its agent is not running']);
});

test('a site that is still scanning is not in sync and says so', () => {
  const notInSync = [problem('pathsChanged', { folder: 'projects', count: 1, names: '"a"' })];
  expect(missingOf([says('brazil', {}, { inSync: false, notInSync })])).toEqual([
    'brazil: projects: 1 path changed and not looked at yet: "a"',
  ]);
  expect(missingOf([says('brazil', {}, { inSync: false })])).toEqual(['brazil: its folders are being scanned']);
});

test('only the documented fields are shown', () => {
  const fields = [
    'name',
    'page',
    'role',
    'hub',
    'connected',
    'inSync',
    'notInSync',
    'reasons',
    'lagSeconds',
    'filesBehind',
    'bytesBehind',
    'conflicts',
    'held',
    'damaged',
    'verifiedAt',
    'problems',
    'errors',
    'asOf',
  ];
  expect(Object.keys(mergeStatus([says('brazil', {})])[0]!).toSorted()).toEqual(fields.toSorted());
});
