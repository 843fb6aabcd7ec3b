import { Gauge, type Registry } from 'prom-client';
import type { NetworkReport } from '../../api/network-report.ts';
import type { Rotation } from '../../topology/rotation.ts';

/** How old keys and passwords are, for alerts. */
export interface KeyMetrics {
  /** Replaces everything that was said of this network. */
  show(network: string, facts: KeyFacts): void;
  forget(network: string): void;
}

interface KeyFacts {
  /** By site: when its certificates expire (Unix ms), as they were made for it. */
  expiries: Map<string, { kind: string; at: number }[]>;
  /** What the sites say of those that they use. */
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
