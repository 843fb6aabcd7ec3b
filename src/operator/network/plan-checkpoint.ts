import { z } from 'zod';
import type { KubeObject } from '../kube/object.ts';
import { MANAGED_BY } from '../objects/labels.ts';
import type { PlanCheckpoint } from './inventory.ts';

export const CHECKPOINT = 'sitesync-network';
const KEY = 'memory.json';

const StoredCheckpoint = z.object({ ports: z.record(z.string(), z.int()), specs: z.record(z.string(), z.unknown()) });

/** What an earlier reconciliation stored; empty when that was lost, and ports are then assigned anew. */
export function readCheckpoint(configMap: KubeObject | undefined): PlanCheckpoint {
  const text = (configMap?.data as Record<string, string> | undefined)?.[KEY];
  if (text === undefined) return { ports: {}, specs: {} };
  try {
    return StoredCheckpoint.parse(JSON.parse(text));
  } catch {
    return { ports: {}, specs: {} };
  }
}

export function checkpointObject(network: string, checkpoint: PlanCheckpoint): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: CHECKPOINT, namespace: network, labels: { ...MANAGED_BY, 'app.kubernetes.io/part-of': network } },
    data: { [KEY]: JSON.stringify(sorted(checkpoint)) },
  };
}

/** With sorted keys: equal checkpoints have equal text. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, part]) => [key, sorted(part)]));
}
