import { covers } from './differs.ts';
import type { KubeObject } from './object.ts';

const NAMED = 3;

/**
 * The fields in which `live` differs from `desired`, as a person would name them: "spec.ports, data.plan.json". Lists are
 * named as a whole; values are left out because they may be secret. Empty when nothing differs. Pure.
 */
export function changedFields(desired: KubeObject, live: KubeObject): string {
  const fields = [...differing(desired, live)].map((path) => path.join('.'));
  const more = fields.length - NAMED;
  return [...fields.slice(0, NAMED), ...(more > 0 ? [`${more} more`] : [])].join(', ');
}

function* differing(desired: unknown, live: unknown, path: string[] = []): Generator<string[]> {
  if (covers(live, desired)) return;
  if (!isObject(desired) || !isObject(live)) return yield path;
  for (const [key, value] of Object.entries(desired)) yield* differing(value, live[key], [...path, key]);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
