const UNITS = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];
const number = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });
const whole = new Intl.NumberFormat('en');

export function bytes(count: number): string {
  let [value, unit] = [count, 0];
  for (; value >= 999.5 && unit < UNITS.length - 1; unit++) value /= 1000;
  return `${number.format(value)} ${UNITS[unit]}`;
}

export const integer = (count: number) => whole.format(count);
export const rate = (perSecond: number) => `${bytes(perSecond)}/s`;

/** "40 s", "12 min", "3 h", "5 d". */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.max(0, Math.round(seconds))} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  if (seconds < 36 * 3600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const dayAndYear = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
const full = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'medium' });

/** Today only the time; this year no year. */
export function when(time: string | number, now = new Date()): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return '?';
  if (date.toDateString() === now.toDateString()) return clock.format(date);
  if (date.getFullYear() === now.getFullYear()) return `${day.format(date)}, ${clock.format(date)}`;
  return dayAndYear.format(date);
}

export const exactly = (time: string | number) => full.format(new Date(time));
export const ago = (time: string | number, now = Date.now()) =>
  duration(Math.max(0, (now - new Date(time).getTime()) / 1000));
