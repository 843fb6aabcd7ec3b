import { Argument, Command } from 'commander';
import project from '../../../package.json' with { type: 'json' };
import { addFileCommands } from './file-commands.ts';
import { addNetworkCommands } from './network-commands.ts';
import { append, describe } from './options.ts';
import { addProcessCommands } from './process-commands.ts';

/** The command line. The code of a command is loaded only when it runs, which keeps the start fast. */
export function createProgram(): Command {
  const program = new Command('sitesync');
  program
    .description('Keeps shared folders in sync across offices.')
    .version(project.version)
    .showHelpAfterError('(--help shows how to use it)');
  addNetworkCommands(program);
  addFileCommands(program);

  describe(
    program.command('user'),
    'add a user to the pages of all sites, or change their password and rights',
    'sitesync user anna --folder projects=editor',
  )
    .argument('<name>', 'name of the user')
    .option('--admin', 'grant all rights')
    .option('--folder <right>', 'FOLDER=viewer|editor|admin, * for all other folders; may be repeated', append, [])
    .option('--password-stdin', 'read the password from standard input, instead of generating one')
    .option('--file <file>', 'write a users file, as for a Secret, instead of those in the data folder')
    .option('--remove', 'remove the user')
    .action(async (name, options) => (await import('../commands/user.ts')).user(name, options));

  describe(
    program.command('completion'),
    'print a completion script for your shell',
    'source <(sitesync completion bash)',
  )
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish']))
    .action(async (shell) => (await import('../commands/completion.ts')).completion(program, shell));
  addProcessCommands(program);
  return program;
}
