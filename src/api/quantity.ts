import { z } from 'zod';

/** Patterns are RE2, because they are copied into the CRDs. */
const SIZE_PATTERN = /^[0-9]{1,15}(Ki|Mi|Gi|Ti|Pi|k|M|G|T|P)?$/;
const DURATION_PATTERN = /^[0-9]{1,9}(s|m|h|d)$/;
const RATE_PATTERN = /^(unlimited|[1-9][0-9]{0,5}(kbit|mbit|gbit))$/;

/** The suffixes of a Kubernetes quantity. */
const QUANTITY_UNITS: Record<string, number> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};
/** A date this long ago can still be represented. */
const LONGEST_SECONDS = 36_500 * 86_400;
const DURATION_UNITS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 };
const RATE_UNITS: Record<string, number> = { kbit: 1e3, mbit: 1e6, gbit: 1e9 };

/** A size such as `200Gi`, in Kubernetes notation. */
export const Size = z
  .string()
  .max(20)
  .regex(SIZE_PATTERN, { error: 'is not a size: write it like 200Gi, 500M or 1024', abort: true })
  .refine((text) => sizeBytes(text) <= 8 * 2 ** 50, 'is too large: use at most 8Pi');
/** A duration such as `15m` or `365d`. */
export const Duration = z
  .string()
  .max(12)
  .regex(DURATION_PATTERN, { error: 'is not a duration: write it like 30s, 15m, 12h or 365d', abort: true })
  .refine((text) => durationSeconds(text) <= LONGEST_SECONDS, 'is longer than 100 years: use at most 36500d');
/** Disables something periodic. */
const NEVER = new Set(['0', 'off']);
const PERIOD_PATTERN = /^(off|0|[0-9]{1,9}(s|m|h|d))$/;
/** A period such as `30d`; `0` or `off`: never. */
export const Period = z
  .string({ error: 'is not a duration: write it like 12h or 30d, or "off"' })
  .max(12)
  .regex(PERIOD_PATTERN, { error: 'is not a duration: write it like 12h or 30d, or "off"', abort: true })
  .refine((text) => (periodSeconds(text) ?? 0) <= LONGEST_SECONDS, 'is longer than 100 years: use at most 36500d');
/** The rate of a link such as `64kbit` (per second), or `unlimited`. */
export const Rate = z
  .string()
  .max(14)
  .regex(RATE_PATTERN, 'is not a rate: write it like 64kbit, 10mbit, 1gbit or unlimited');

/** The value of a Kubernetes quantity such as `500m`, `0.5` or `1Gi`; undefined when it is not one. */
export function quantity(value: unknown): number | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?)([numk]|[KMGTPE]i?)?$/.exec(String(value)) ?? [];
  const factor = QUANTITY_UNITS[unit];
  return digits === undefined || factor === undefined ? undefined : Number(digits) * factor;
}

/** Bytes. @param text matches {@link SIZE_PATTERN} */
export function sizeBytes(text: string): number {
  const bytes = quantity(text);
  if (bytes === undefined) throw new RangeError(`"${text}" is no size`);
  return bytes;
}

/** Seconds. @param text matches {@link DURATION_PATTERN} */
export function durationSeconds(text: string): number {
  return Number.parseInt(text, 10) * DURATION_UNITS[text.slice(-1)]!;
}

/** Seconds; undefined = never. @param text matches {@link PERIOD_PATTERN} */
export function periodSeconds(text: string): number | undefined {
  return NEVER.has(text) ? undefined : durationSeconds(text) || undefined;
}

/** Bytes per second; undefined when unlimited. @param text matches {@link RATE_PATTERN} */
export function rateBytesPerSecond(text: string): number | undefined {
  if (text === 'unlimited') return undefined;
  return (Number.parseInt(text, 10) * RATE_UNITS[text.replace(/^[0-9]+/, '')]!) / 8;
}
