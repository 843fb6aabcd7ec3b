import { Registry } from 'prom-client';
import { siteMetrics } from '../../src/agent/api/metrics.ts';
import type { AgentStatus } from '../../src/agent/queries/status.ts';
import { createClusterMetrics } from '../../src/operator/clusters/metrics.ts';
import { createKeyMetrics } from '../../src/operator/keys/metrics.ts';
import { createMetrics } from '../../src/operator/kube/metrics.ts';
import { createSiteMetrics } from '../../src/operator/network/metrics.ts';
import { code, page, table } from './markdown.ts';

/** The values do not matter here, only the names. */
const SOME_STATUS = { name: 'brazil', connected: true, inSync: true, folders: {} } as AgentStatus;

/** The metrics of a site and of the operator. */
export function metricsPage(): string {
  const numbers = { lagSeconds: 0, filesBehind: 0, bytesBehind: 0, conflicts: 0, held: 0, damaged: 0, rowsRepaired: 0 };
  const site = siteMetrics({ ...SOME_STATUS, ...numbers, verification: [] });
  const { registry, requests } = createMetrics();
  const networks = new Registry();
  createSiteMetrics(networks);
  createKeyMetrics(networks);
  createClusterMetrics({ registry: networks, requests });
  return page(
    'Metrics',
    'the registries',
    '## Sites\n\nServed at `/metrics` of the agent. Every series has the label `site`.',
    listOf(site),
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
