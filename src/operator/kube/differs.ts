import { quantity } from '../../api/quantity.ts';
import { Digest } from './digest.ts';
import type { KubeObject, ManagedFields } from './object.ts';

/**
 * Whether applying `desired` would change `live`: a field that we want has another value, or a field that we once set is no
 * longer wanted. Fields that others set or the server fills in are ignored. Pure.
 * @param owned what our field manager owns of `live`, from its managedFields
 */
export function differs(desired: KubeObject, live: KubeObject, owned: Record<string, unknown> | undefined): boolean {
  return !covers(live, desired) || (owned !== undefined && hasRemovedField(owned, desired));
}

/** What our field manager owns of an object or, with `subresource`, of that subresource. */
export function ownedBy(
  manager: string,
  managedFields: ManagedFields[] | undefined,
  subresource?: string,
): Record<string, unknown> | undefined {
  return managedFields?.find(
    (entry) =>
      entry.manager === manager && entry.operation === 'Apply' && (entry.subresource || undefined) === subresource,
  )?.fieldsV1;
}

/** Whether everything in `desired` is in `live`. */
export function covers(live: unknown, desired: unknown): boolean {
  if (desired === undefined) return true;
  if (live instanceof Digest) return live.isOf(desired);
  if (Array.isArray(desired)) return coversList(live ?? [], desired);
  if (isObject(desired)) {
    if (!isObject(live)) return Object.keys(desired).length === 0 && live === undefined;
    return Object.entries(desired).every(([key, value]) => covers(live[key], value));
  }
  return live === desired || sameQuantity(live, desired);
}

/** Lists of objects with a key are maps to the server: others may have added items, such as an injected container. */
function coversList(live: unknown, desired: unknown[]): boolean {
  if (!Array.isArray(live)) return false;
  const key = LIST_KEYS.find((name) => isKeyOf(desired, name));
  if (key === undefined || desired.length === 0)
    return live.length === desired.length && desired.every((item, i) => covers(live[i], item));
  const byKey = new Map(live.map((item: unknown) => [isObject(item) ? item[key] : undefined, item]));
  return desired.every((item) => covers(byKey.get((item as Record<string, unknown>)[key]), item));
}

/** Whether this key is unique among the items: two listeners of one Gateway may share a name. */
function isKeyOf(items: unknown[], name: string): boolean {
  const names = items.map((item) => (isObject(item) ? item[name] : undefined));
  return names.every((one) => typeof one === 'string') && new Set(names).size === items.length;
}

/** The most specific first: volume mounts have a name too, but it is their volume's. */
const LIST_KEYS = ['mountPath', 'uid', 'type', 'name'];

/** The server normalises quantities: "0.5" becomes "500m", "1024Mi" becomes "1Gi". */
function sameQuantity(live: unknown, desired: unknown): boolean {
  const [a, b] = [quantity(live), quantity(desired)];
  return a !== undefined && b !== undefined && Math.abs(a - b) <= Math.abs(b) * 1e-12;
}

/** Whether one of the owned fields (FieldsV1) is no longer wanted. */
function hasRemovedField(owned: Record<string, unknown>, desired: unknown): boolean {
  return Object.entries(owned).some(([key, inner]) => {
    const value = pick(key, desired);
    if (value === undefined) return key !== '.';
    return isObject(inner) && Object.keys(inner).length > 0 && hasRemovedField(inner, value);
  });
}

/**
 * The part of `desired` that a FieldsV1 key stands for: `f:name` a field, `k:{…}` the list item with these keys, `v:…` an
 * item.
 */
function pick(key: string, desired: unknown): unknown {
  if (key === '.') return desired;
  const [kind, rest] = [key.slice(0, 2), key.slice(2)];
  if (kind === 'f:') return isObject(desired) ? desired[rest] : undefined;
  if (!Array.isArray(desired)) return undefined;
  const wanted = JSON.parse(rest) as unknown;
  if (kind === 'v:') return desired.find((item) => item === wanted);
  // The keys may include a default: an item that leaves a field out still matches.
  return desired.find((item) =>
    Object.entries(wanted as object).every(([name, value]) => {
      const own = (item as Record<string, unknown>)[name];
      return own === undefined ? name !== 'name' : own === value;
    }),
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
