import { expect, test } from 'vitest';
import { problemsAt } from '../../../src/agent/page/network-view.ts';
import { SiteReport, Summary } from '../../../src/api/network-report.ts';
import { problem } from '../../../src/problems/problem.ts';

test('the page says of an office what it reports and what is seen from here, with reason and remedy', () => {
  const problems = [problem('noPermission', { path: 'plans' }), { code: 'diskOnFire', params: { disk: 'sda' } }];
  const summary = Summary.parse({ replicating: false, held: 2, problems });
  const about = { name: 'brazil', role: 'child', via: null, connected: false, inSync: false, lagSeconds: 0 };
  const counts = { filesBehind: 0, bytesBehind: 0, more: false, folders: {}, version: '1', beatAt: 0 };
  const report = { ...about, ...counts, summary, disk: { free: 1, size: 100 }, clockAheadSeconds: -90 };
  const troubles = problemsAt(SiteReport.parse(report));
  const codes = ['away', 'stateStopped', 'diskNearlyFull', 'clockBehind', 'held', 'noPermission', 'diskOnFire'];
  expect(troubles.map(({ code }) => code)).toEqual(codes);
  for (const { reason, remedy } of troubles) expect(`${reason} ${remedy}`).not.toMatch(/[{}]|undefined/);
  expect(troubles.at(-2)).toEqual({
    code: 'noPermission',
    params: { path: 'plans', site: 'brazil' },
    reason: '"plans" cannot be read: permission denied',
    remedy: 'grant the user running SiteSync read and write access',
  });
});
