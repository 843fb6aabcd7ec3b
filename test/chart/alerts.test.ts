import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { createClusterMetrics } from '../../src/operator/clusters/metrics.ts';
import { createKeyMetrics } from '../../src/operator/keys/metrics.ts';
import { createMetrics } from '../../src/operator/kube/metrics.ts';
import { createSiteMetrics } from '../../src/operator/network/metrics.ts';

const RULES = 'charts/sitesync/rules/sitesync.rules.yaml';

interface Rule {
  alert: string;
  expr: string;
  annotations: { runbook_url: string };
}
const { groups } = parse(readFileSync(RULES, 'utf8')) as { groups: { rules: Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);

it('every alert has a runbook, and every runbook an alert', () => {
  expect(readdirSync('docs/runbooks').sort()).toEqual(rules.map(({ alert }) => `${alert}.md`).sort());
  for (const { alert, annotations } of rules) {
    expect(annotations.runbook_url).toMatch(new RegExp(`/docs/runbooks/${alert}\\.md$`));
    expect(readFileSync(`docs/runbooks/${alert}.md`, 'utf8')).toMatch(
      new RegExp(`^# ${alert}\n[^]*## Meaning\n[^]*## Impact\n[^]*## Diagnosis\n[^]*## Mitigation\n`),
    );
  }
});

it('alerts use metrics that the operator has', async () => {
  const sites = new Registry();
  createSiteMetrics(sites);
  createKeyMetrics(sites);
  const metrics = createMetrics();
  createClusterMetrics({ registry: sites, requests: metrics.requests });
  const known = [sites, metrics.registry].flatMap((registry) => registry.getMetricsAsArray());
  const names = new Set(known.map(({ name }) => name));
  for (const { expr } of rules)
    for (const [name] of expr.matchAll(/\b(sitesync|leader)_\w+/g)) expect(names).toContain(name);
});

const promtool = spawnSync('bash', ['hack/promtool'], { encoding: 'utf8' });
const reason = promtool.status === 0 ? '' : ` (${promtool.stderr.trim().split('\n').at(-1)})`;

describe.skipIf(promtool.status !== 0)(`promtool${reason}`, () => {
  it.each([
    ['check', RULES],
    ['test', 'test/chart/rules.yaml'],
  ])('%s rules %s', (verb, file) => {
    const answer = execFileSync(promtool.stdout.trim(), [verb, 'rules', file], { encoding: 'utf8', stdio: 'pipe' });
    expect(answer).toContain('SUCCESS');
  });
});
