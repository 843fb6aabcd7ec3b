/** Numbers, sizes and times in the browser's locale, whatever the language of the texts. */
const LOCALES = globalThis.navigator?.languages ?? ['en'];

const number = (options: Intl.NumberFormatOptions) => new Intl.NumberFormat(LOCALES, options);
const inUnit = (unit: string, unitDisplay: 'short' | 'long' = 'short', maximumSignificantDigits = 3) =>
  number({ style: 'unit', unit, unitDisplay, maximumSignificantDigits });

const SIZES = ['kilobyte', 'megabyte', 'gigabyte', 'terabyte', 'petabyte'];
const SIZE_FORMATS = [inUnit('byte', 'long'), ...SIZES.map((unit) => inUnit(unit))];
const RATE_FORMATS = SIZES.map((unit) => inUnit(`${unit}-per-second`));

/** Formats the value with the shortest of several formats, each for a thousand times the previous one. */
function scaled(value: number, formats: Intl.NumberFormat[]): string {
  let unit = 0;
  for (; value >= 999.5 && unit < formats.length - 1; unit++) value /= 1000;
  return formats[unit]!.format(value);
}

export const bytes = (count: number) => scaled(count, SIZE_FORMATS);
/** Bytes per second; below a hundred it is zero. */
export const rate = (perSecond: number) => scaled(Math.round(perSecond / 100) / 10, RATE_FORMATS);

const whole = number({});
export const integer = (count: number) => whole.format(count);

const [SECONDS, MINUTES, HOURS, DAYS] = ['second', 'minute', 'hour', 'day'].map((unit) => inUnit(unit, 'short', 21));

/** In the largest unit that gives at least a small number. */
export function duration(seconds: number): string {
  if (seconds < 90) return SECONDS!.format(Math.max(0, Math.round(seconds)));
  if (seconds < 90 * 60) return MINUTES!.format(Math.round(seconds / 60));
  if (seconds < 36 * 3600) return HOURS!.format(Math.round(seconds / 3600));
  return DAYS!.format(Math.round(seconds / 86_400));
}

const dates = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(LOCALES, options);
const time = { hour: '2-digit', minute: '2-digit' } as const;
const clock = dates(time);
const dayAndClock = dates({ day: 'numeric', month: 'short', ...time });
const dayAndYear = dates({ day: 'numeric', month: 'short', year: 'numeric' });
const full = dates({ dateStyle: 'full', timeStyle: 'medium' });

/** Only the time if it is today; without year if it is this year. */
export function when(at: string | number, now = new Date()): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return '?';
  if (date.toDateString() === now.toDateString()) return clock.format(date);
  return (date.getFullYear() === now.getFullYear() ? dayAndClock : dayAndYear).format(date);
}

/** With weekday and seconds. */
export function exactly(at: string | number): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? '?' : full.format(date);
}
export const ago = (at: string | number, now = Date.now()) =>
  duration(Math.max(0, (now - new Date(at).getTime()) / 1000));
