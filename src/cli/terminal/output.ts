import { formatInputProblem, type InputProblem, InvalidInput } from '../../base/invalid-input.ts';

/** Prints to stderr, apart from the output, what the user should know although it stops nothing. */
export function printNotes(notes: InputProblem[]): void {
  for (const note of notes) process.stderr.write(`sitesync: note: ${formatInputProblem(note)}\n`);
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/** An error as a message for the user. The stack is shown only on request. */
export function errorText(error: unknown): string {
  if (error instanceof InvalidInput) return error.message;
  if (!(error instanceof Error)) return `sitesync: ${String(error)}`;
  return `sitesync: ${process.env.SITESYNC_DEBUG ? error.stack : error.message}`;
}

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'];

/** "1.5 MB"; powers of 1000, as disks are sold. */
export function bytes(n: number): string {
  const power = n < 1000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(n) / 3));
  const value = n / 1000 ** power;
  return `${power === 0 ? n : value.toFixed(value < 10 ? 1 : 0)} ${UNITS[power]}`;
}

export const yesNo = (value: boolean) => (value ? 'yes' : 'no');
/** Unknown is not zero. */
export const orDash = <T>(value: T | null, show: (value: T) => string | number = String) =>
  value === null ? '-' : show(value);
