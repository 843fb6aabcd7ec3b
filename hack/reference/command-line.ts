import type { Command } from 'commander';
import { createProgram } from '../../src/cli/program/program.ts';
import { page } from './markdown.ts';

const WIDTH = 110;

/** The --help output of every command. */
export function commandLinePage(): string {
  const program = createProgram();
  const visible = program
    .createHelp()
    .visibleCommands(program)
    .filter((command) => command.name() !== 'help');
  return page(
    'Command line',
    'src/cli/program',
    'From a checkout, run `npx sitesync …`. `SITESYNC_DATA` sets the data folder if `--data` is not given.',
    ...visible.map((command) => `## sitesync ${command.name()}\n\n\`\`\`\n${helpOf(command)}\n\`\`\``),
  );
}

function helpOf(command: Command): string {
  let text = '';
  const write = (part: string) => void (text += part);
  command.configureOutput({ writeOut: write, getOutHelpWidth: () => WIDTH, getOutHasColors: () => false }).outputHelp();
  return text.trimEnd();
}
