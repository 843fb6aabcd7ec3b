import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import project from '../../package.json' with { type: 'json' };
import { dataDir } from '../local/data-dir.ts';
import { seconds } from './seconds.ts';

const DEFAULT_DATA = process.env.SITESYNC_DATA ?? './sitesync-data';

/** Adds what every command has, and an example below its help. */
function describe(command: Command, summary: string, example: string): Command {
  return command
    .description(summary)
    .addOption(
      new Option('--data <dir>', 'data folder of the network')
        .default(dataDir(DEFAULT_DATA), DEFAULT_DATA)
        .argParser(dataDir),
    )
    .addHelpText('after', `\nExample:\n  ${example.replaceAll('\n', '\n  ')}`);
}

const list = (text: string) => text.split(',').filter(Boolean);

function port(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 0 && number <= 65_535) return number;
  throw new InvalidArgumentError('is no port: write a number from 0 to 65535');
}

/** Certificates of less than three weeks would always seem about to expire. */
function days(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 21 && number <= 36_500) return number;
  throw new InvalidArgumentError('is no number of days: write one from 21 to 36500');
}

const json = () => new Option('--json', 'print JSON');

/** The command line. What a command does is loaded when it runs, so that each starts quickly. */
export function createProgram(): Command {
  const program = new Command('sitesync');
  program
    .description('Shared folders for offices in several countries.')
    .version(project.version)
    .showHelpAfterError('(--help shows how to use it)');

  describe(
    program.command('up'),
    'run the topology in these files; run again after a change of the files, it applies the difference',
    'sitesync up manifests/five-offices.yaml --detach',
  )
    .argument('<file...>', 'YAML files with Sites, Hubs and SyncFolders')
    .option('--detach', 'return when all sites are up, and leave them running')
    .addOption(
      new Option('--engine <engine>', 'database of a new network; mariadb unless given').choices(['mariadb', 'mysql']),
    )
    .addOption(new Option('--supervise').hideHelp())
    .action(async (files, options) => (await import('./commands/up.ts')).up(files, options));

  describe(
    program.command('join'),
    'be a site of a network on Kubernetes, with the file that "sitesync bundle" made; without a file, go on as the site that joined here',
    'sitesync join laptop.bundle --detach',
  )
    .argument('[bundle]', 'the file; one that is newer is taken up, also while the site runs')
    .option('--detach', 'return when the site is up, and leave it running')
    .addOption(new Option('--supervise').hideHelp())
    .action(async (file, options) => (await import('./commands/join.ts')).join(file, options));

  program
    .command('bundle')
    .description(
      'the file with which a plain machine joins as an external Site; needs the right to read the Secret SITE-keys only',
    )
    .argument('<site>', 'a Site with spec.placement.external')
    .option('-n, --namespace <name>', 'of the Site; that of the context unless given')
    .option('--kubeconfig <file>', 'instead of $KUBECONFIG or ~/.kube/config')
    .option('--context <name>', 'of the kubeconfig; the current one unless given')
    .option('-o, --output <file>', 'write it there, readable by you alone, instead of to standard output')
    .option('--force', 'print it to a terminal')
    .option(
      '--revoke',
      'make new keys, so that bundles that were given out open nothing; prints none. Needs the right to delete that Secret',
    )
    .addHelpText(
      'after',
      '\nExample:\n  sitesync bundle laptop -n acme -o laptop.bundle\n  sitesync bundle laptop -n acme --revoke',
    )
    .action(async (site, options) => (await import('./commands/bundle.ts')).bundle(site, options));

  describe(program.command('down'), 'stop everything that runs in the data folder', 'sitesync down').action(
    async (options) => (await import('./commands/down.ts')).down(options),
  );

  describe(
    program.command('status'),
    'how every site stands',
    'sitesync status\nsitesync status brazil --json\nsitesync status --at germany',
  )
    .argument('[site]', 'only this site')
    .option('--at <site>', 'as this site sees the network from its own database, instead of asking every site')
    .addOption(json())
    .action(async (site, options) => (await import('./commands/status.ts')).status(site, options));

  describe(
    program.command('wait'),
    'wait until every site is in sync; otherwise exit 1 and say what is missing',
    'cp plan.dwg sitesync-data/sites/brazil/folders/projects/ && sitesync wait --timeout 30s',
  )
    .addOption(new Option('--timeout <time>', 'how long, for instance 90s or 5m').default(60, '60s').argParser(seconds))
    .addOption(json())
    .action(async (options) => (await import('./commands/wait.ts')).wait(options));

  describe(program.command('ls'), 'what is in a folder, and which sites have it', 'sitesync ls germany projects:plans')
    .argument('<site>', 'the site to ask')
    .argument('<target>', 'FOLDER[:PATH]')
    .addOption(json())
    .action(async (site, target, options) => (await import('./commands/ls.ts')).ls(site, target, options));

  describe(
    program.command('why'),
    'where a file is on its way: since when, which error, what happens next',
    'sitesync why projects:plans/bridge.dwg --site spain',
  )
    .argument('<target>', 'FOLDER:PATH')
    .option('--site <site>', 'only how it stands at this site')
    .addOption(json())
    .action(async (target, options) => (await import('./commands/why.ts')).why(target, options));

  describe(
    program.command('log'),
    'the versions of a file, newest first, and where each can be had',
    'sitesync log projects:plans/bridge.dwg',
  )
    .argument('<target>', 'FOLDER:PATH')
    .addOption(json())
    .action(async (target, options) => (await import('./commands/log.ts')).log(target, options));

  describe(
    program.command('restore'),
    'bring an old version back, as a new version',
    'sitesync restore projects:plans/bridge.dwg@brazil.42 --at germany',
  )
    .argument('<version>', 'FOLDER:PATH@VERSION')
    .requiredOption('--at <site>', 'the site that restores it')
    .addOption(json())
    .action(async (version, options) => (await import('./commands/restore.ts')).restore(version, options));

  describe(
    program.command('held'),
    'mass deletions and overwrites that wait for a person, and are not shared until then',
    'sitesync held\nsitesync held brazil',
  )
    .argument('[site]', 'only this site, with the paths')
    .addOption(json())
    .action(async (site, options) => (await import('./commands/held.ts')).held(site, options));

  describe(
    program.command('approve'),
    'share held changes with all sites: what was deleted is deleted everywhere, into their archives',
    'sitesync approve projects --at brazil\nsitesync approve projects:plans/old --at brazil',
  )
    .argument('<target>', 'FOLDER[:PATH]; of a directory all below it')
    .requiredOption('--at <site>', 'the site that holds them')
    .addOption(json())
    .action(async (target, options) => (await import('./commands/decide.ts')).decide('approve', target, options));

  describe(
    program.command('reject'),
    'undo held changes: what all other sites have comes back, what was written over it is kept in the history',
    'sitesync reject projects --at brazil\nsitesync reject projects:plans/bridge.dwg --at brazil',
  )
    .argument('<target>', 'FOLDER[:PATH]; of a directory all below it')
    .requiredOption('--at <site>', 'the site that holds them')
    .addOption(json())
    .action(async (target, options) => (await import('./commands/decide.ts')).decide('reject', target, options));

  describe(
    program.command('plan'),
    'what would run where: ports, routes, who pulls from whom; starts nothing',
    'sitesync plan manifests/five-offices.yaml',
  )
    .argument('<file...>', 'YAML files with Sites, Hubs and SyncFolders')
    .addOption(json())
    .action(async (files, options) => (await import('./commands/plan.ts')).plan(files, options));

  describe(
    program.command('doctor'),
    'check this machine and the network that runs on it; exit 1 when something is wrong',
    'sitesync doctor',
  )
    .addOption(json())
    .action(async (options) => (await import('./commands/doctor.ts')).doctor(options));

  describe(
    program.command('completion'),
    'print a script that completes commands in your shell',
    'source <(sitesync completion bash)',
  )
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish']))
    .action(async (shell) => (await import('./commands/completion.ts')).completion(program, shell));

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
    .action(async (name, options) => (await import('./commands/user.ts')).user(name, options));

  // One process of one site: started by the local runner and by pods.
  program
    .command('agent', { hidden: true })
    .requiredOption('--site-dir <dir>')
    .action(async (options) => (await import('./commands/agent.ts')).agent(options));
  program
    .command('operator')
    .description('run the Kubernetes operator')
    .option('--kubeconfig <file>', 'instead of $KUBECONFIG, ~/.kube/config or the service account of the pod')
    .option('--namespace <name>', 'look after this namespace only; all of them unless given')
    .option('--lease-namespace <name>', 'where the lease of the leader is', process.env.POD_NAMESPACE ?? 'sitesync')
    .requiredOption('--image <image>', "SiteSync's image, for the pods of sites")
    .addOption(
      new Option('--database-engine <engine>', 'what that image runs').choices(['mariadb', 'mysql']).default('mysql'),
    )
    .requiredOption('--database-image <image>', 'image of MySQL 8.4 or newer, or of MariaDB 10.11 or newer')
    .option('--image-pull-secrets <names>', 'Secrets in the namespaces of networks to pull those with', list, [])
    .option('--observers <namespaces>', 'namespaces of the operator and of monitoring', list, ['sitesync'])
    .option('--certificate-days <days>', 'life of a certificate of a site; renewed after two thirds of it', days, 90)
    .option(
      '--authority-days <days>',
      'life of the certificate authorities; replaced after two thirds of it',
      days,
      1825,
    )
    .option('--password-days <days>', 'age limit of passwords; replaced after two thirds of it', days, 180)
    .option('--metrics-port <port>', 'port of /metrics', port, 8080)
    .option('--health-port <port>', 'port of /healthz and /readyz', port, 8081)
    .action(async (options) => (await import('./commands/operator.ts')).operator(options));
  program
    .command('link', { hidden: true })
    .requiredOption('--site-dir <dir>')
    .action(async (options) => (await import('./commands/link.ts')).link(options));
  program
    .command('sshd', { hidden: true })
    .requiredOption('--site-dir <dir>')
    .action(async (options) => (await import('./commands/sshd.ts')).sshd(options));
  return program;
}

const append = (value: string, before: string[]) => [...before, value];
