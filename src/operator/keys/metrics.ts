import { Gauge, type Registry } from 'prom-client';
import type { NetworkReport } from '../../api/network-report.ts';
import type { Rotation } from '../../topology/rotation.ts';

/** The age of keys and passwords, for alerts. */
export interface KeyMetrics {
  /** Replaces all samples of this network. */
  show(network: string, facts: KeyFacts): void;
  forget(network: string): void;
}

interface KeyFacts {
  /** By site: when the certificates issued for it expire (Unix ms). */
  expiries: Map<string, { kind: string; at: number }[]>;
  /** What the sites report about those in use. */
  report: NetworkReport | undefined;
  rotations: Record<string, Rotation>;
}

export function createKeyMetrics(registry: Registry): KeyMetrics {
  const gauge = (name: string, help: string, ...labels: string[]) =>
    new Gauge<string>({ name, help, labelNames: ['network', ...labels], registers: [registry] });
  const expiry = gauge(
    'sitesync_certificate_expiry_timestamp_seconds',
    'Expiry of a certificate of a site: for its links (user, host), for its status endpoint (https), and the first to expire of those in use (inUse)',
    'site',
    'kind',
  );
  const age = gauge(
    'sitesync_keys_since_timestamp_seconds',
    "Start of use of a network's authority or passwords, or of the current phase of their rotation",
    'subject',
    'phase',
  );
  const shown = new Map<string, (() => void)[]>();

  function forget(network: string): void {
    for (const removal of shown.get(network) ?? []) removal();
    shown.delete(network);
  }

  return {
    forget,
    show(network, { expiries, report, rotations }) {
      forget(network);
      const removals: (() => void)[] = [];
      shown.set(network, removals);
      const set = (metric: Gauge, labels: Record<string, string>, ms: number) => {
        const full = { network, ...labels };
        metric.set(full, ms / 1000);
        removals.push(() => metric.remove(full));
      };
      for (const [site, list] of expiries) for (const { kind, at } of list) set(expiry, { site, kind }, at);
      for (const { name, connected, summary } of report?.sites ?? [])
        if (connected && summary.validUntil !== undefined && expiries.has(name))
          set(expiry, { site: name, kind: 'inUse' }, summary.validUntil);
      for (const [subject, { phase, since }] of Object.entries(rotations)) set(age, { subject, phase }, since);
    },
  };
}
