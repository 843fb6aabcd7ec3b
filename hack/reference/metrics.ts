import { Registry } from 'prom-client';
import { siteMetrics } from '../../src/agent/api/metrics.ts';
import type { AgentStatus } from '../../src/agent/queries/status.ts';
import { createMeters } from '../../src/agent/site/meters.ts';
import { createClusterMetrics } from '../../src/operator/clusters/metrics.ts';
import { createKeyMetrics } from '../../src/operator/keys/metrics.ts';
import { createMetrics } from '../../src/operator/kube/metrics.ts';
import { createSiteMetrics } from '../../src/operator/network/metrics.ts';
import { code, page, table } from './markdown.ts';

/** The values do not matter here, only the names. */
const DETECT = { watching: 'ok', files: 0, watchedDirectories: 0, lastPassMs: 0, lastPassAt: '2026-01-01T00:00:00Z' };
const NUMBERS = { lagSeconds: 0, filesBehind: 0, bytesBehind: 0, conflicts: 0, held: 0, damaged: 0, rowsRepaired: 0 };
const SOME_STATUS = { connected: true, inSync: true, folders: {}, verification: [], detect: DETECT, ...NUMBERS };
const SOME_RESOURCES = { disks: new Map(), archives: new Map(), neighbours: [], certificates: new Map() };

/** The metrics of a site and of the operator. */
export function metricsPage(): string {
  const observed = {
    version: '',
    engine: '',
    status: SOME_STATUS as unknown as AgentStatus,
    resources: SOME_RESOURCES,
  };
  const site = siteMetrics(observed);
  const { registry, requests } = createMetrics();
  const networks = new Registry();
  createSiteMetrics(networks);
  createKeyMetrics(networks);
  createClusterMetrics({ registry: networks, requests });
  return page(
    'Metrics',
    'the registries',
    '## Sites\n\nServed at `/metrics` of the agent. Every series has the labels `network` and `site`.',
    listOf(site),
    'Counted since the agent started:',
    listOf(createMeters().registry),
    '## Operator\n\nBased on what the hubs know of the sites. Series of deleted objects are removed.',
    listOf(networks),
    'With the names used by controller-runtime:',
    listOf(registry),
  );
}

function listOf(registry: Registry): string {
  const all = registry.getMetricsAsArray() as unknown as {
    name: string;
    help: string;
    type: string;
    labelNames: string[];
  }[];
  return table(
    ['metric', 'type', 'labels', 'description'],
    all.map(({ name, help, type, labelNames }) => [code(name), type, labelNames.map(code).join(', '), help]),
  );
}
