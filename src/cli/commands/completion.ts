import type { Command } from 'commander';
import { completionScript, type Shell } from '../terminal/completion-script.ts';
import { print } from '../terminal/output.ts';

export function completion(program: Command, shell: Shell): void {
  // Hidden commands are internal.
  const visible = program.createHelp().visibleCommands(program);
  print(
    completionScript(
      shell,
      visible.map((command) => ({
        name: command.name(),
        summary: command.description(),
        options: command
          .createHelp()
          .visibleOptions(command)
          .flatMap(({ long, description }) => (long ? [{ flag: long, summary: description }] : [])),
        files: command.registeredArguments.some((argument) => argument.name() === 'file'),
      })),
    ),
  );
}
