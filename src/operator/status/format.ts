/** Joins sentences, each ending with a full stop. */
export const sentences = (...parts: string[]) => parts.map((part) => part.replace(/\.*$/, '.')).join(' ');

const STEPS: [number, string][] = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'm'],
];

/** A duration in steps that grow: 7s, 40s, 3m, 2h, 5d. So a status that contains it rarely changes. */
export function age(seconds: number): string {
  for (const [unit, letter] of STEPS) if (seconds >= unit) return `${Math.floor(seconds / unit)}${letter}`;
  return seconds < 10 ? `${Math.floor(seconds)}s` : `${Math.floor(seconds / 10) * 10}s`;
}

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];

/** Bytes with two significant digits. */
export function size(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value >= 10 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}

/** "12 files, 3.1 MB"; "-" for nothing. */
export function behind({
  filesBehind,
  bytesBehind,
  more,
}: {
  filesBehind: number;
  bytesBehind: number;
  more: boolean;
}) {
  if (filesBehind === 0) return '-';
  const files = `${more ? 'more than ' : ''}${filesBehind} ${filesBehind === 1 ? 'file' : 'files'}`;
  return `${files}, ${size(bytesBehind)}`;
}

/** Share of free space; keeps the previous text while it is off by at most two points. */
export function disk({ free, size: total }: { free: number; size: number }, before: string | undefined): string {
  if (total === 0) return '?';
  const percent = Math.round((free / total) * 100);
  const old = /^(\d+)% of (.*) free$/.exec(before ?? '');
  if (old && old[2] === size(total) && Math.abs(Number(old[1]) - percent) <= 2) return before!;
  return `${percent}% of ${size(total)} free`;
}

/** RFC 3339 in whole seconds, as Kubernetes writes times. */
export const isoSeconds = (ms: number) => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
