import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ZodType } from 'zod';
import { dataDir } from '../../local/data-dir.ts';

const DEFAULT_DATA = process.env.SITESYNC_DATA ?? './sitesync-data';

/** Adds what every command has in common, and an example after its help. */
export function describe(command: Command, summary: string, example: string): Command {
  return command
    .description(summary)
    .addOption(
      new Option('--data <dir>', 'data folder of the network')
        .default(dataDir(DEFAULT_DATA), DEFAULT_DATA)
        .argParser(dataDir),
    )
    .addHelpText('after', `\nExample:\n  ${example.replaceAll('\n', '\n  ')}`);
}

export const list = (text: string) => text.split(',').filter(Boolean);

export function port(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 0 && number <= 65_535) return number;
  throw new InvalidArgumentError('is not a port: use a number from 0 to 65535');
}

export function count(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 0) return number;
  throw new InvalidArgumentError('is not a number: use 0, 1, 2 …');
}

/** Parses a value in the notation of the YAML files. */
export const as = (type: ZodType<string>) => (text: string) => {
  const parsed = type.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new InvalidArgumentError(parsed.error.issues.map(({ message }) => message).join('; '));
};

/** Certificates of less than three weeks would always be about to expire. */
export function days(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 21 && number <= 36_500) return number;
  throw new InvalidArgumentError('is not a number of days: use one from 21 to 36500');
}

export const json = () => new Option('--json', 'print JSON');

/** For an option that may be repeated. */
export const append = (value: string, before: string[]) => [...before, value];
