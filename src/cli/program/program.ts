import { Argument, Command } from 'commander';
import project from '../../../package.json' with { type: 'json' };
import { addFileCommands } from './files.ts';
import { addNetworkCommands } from './network.ts';
import { append, describe } from './options.ts';
import { addProcessCommands } from './processes.ts';

/** The command line. What a command does is loaded when it runs, so that each starts quickly. */
export function createProgram(): Command {
  const program = new Command('sitesync');
  program
    .description('Shared folders for offices in several countries.')
    .version(project.version)
    .showHelpAfterError('(--help shows how to use it)');
  addNetworkCommands(program);
  addFileCommands(program);

  describe(
    program.command('user'),
    'let somebody sign in at the pages of all sites, or change their password and rights',
    'sitesync user anna --folder projects=editor',
  )
    .argument('<name>', 'the user')
    .option('--admin', 'may do everything')
    .option('--folder <right>', 'FOLDER=viewer|editor|admin, * for all others; may be repeated', append, [])
    .option('--password-stdin', 'read the password from standard input; otherwise one is made and shown once')
    .option('--file <file>', 'a users file, as for a Secret, instead of those of the sites in the data folder')
    .option('--remove', 'the user may not sign in any more')
    .action(async (name, options) => (await import('../commands/user.ts')).user(name, options));

  describe(
    program.command('completion'),
    'print a script that completes commands in your shell',
    'source <(sitesync completion bash)',
  )
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish']))
    .action(async (shell) => (await import('../commands/completion.ts')).completion(program, shell));
  addProcessCommands(program);
  return program;
}
