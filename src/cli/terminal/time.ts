import { InvalidArgumentError } from 'commander';

const UNITS: Record<string, number> = { ms: 0.001, s: 1, m: 60, h: 3600 };

/** Parses a duration like 500ms, 90s, 5m, 1h or 90 to seconds. */
export function seconds(text: string): number {
  const [, number, unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text) ?? [];
  if (number === undefined) throw new InvalidArgumentError('Use a duration like 90s or 5m.');
  return Number(number) * UNITS[unit]!;
}

/**
 * Parses a time: 2026-11-21 or 2026-11-21T20:30, with a time zone or in that of this machine; or how long ago: 90m, 3d.
 * Unix ms.
 */
export function pastTime(text: string): number {
  const ago = /^(\d+)([smhd])$/.exec(text);
  const at = ago ? Date.now() - Number(ago[1]) * AGO_MS[ago[2] as keyof typeof AGO_MS] : Date.parse(dated(text));
  if (Number.isNaN(at) || at < 0) throw new InvalidArgumentError('is not a time: write it like 2026-11-21T20:30 or 3d');
  return at;
}

const AGO_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** JavaScript reads a date alone as UTC, but a date with time as local. */
const dated = (text: string) => (/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00` : text.replace(' ', 'T'));
