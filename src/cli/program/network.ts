import { type Command, Option } from 'commander';
import { seconds } from '../terminal/time.ts';
import { describe, json } from './options.ts';

/** Commands about a network as a whole: run it, join it, see how it stands. */
export function addNetworkCommands(program: Command): void {
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
    .action(async (files, options) => (await import('../commands/up.ts')).up(files, options));

  describe(
    program.command('join'),
    'be a site of a network on Kubernetes, with the file that "sitesync bundle" made; without a file, go on as the site that joined here',
    'sitesync join laptop.bundle --detach',
  )
    .argument('[bundle]', 'the file; one that is newer is taken up, also while the site runs')
    .option('--detach', 'return when the site is up, and leave it running')
    .addOption(new Option('--supervise').hideHelp())
    .action(async (file, options) => (await import('../commands/join.ts')).join(file, options));

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
    .action(async (site, options) => (await import('../commands/bundle.ts')).bundle(site, options));

  describe(program.command('down'), 'stop everything that runs in the data folder', 'sitesync down').action(
    async (options) => (await import('../commands/down.ts')).down(options),
  );

  describe(
    program.command('status'),
    'how every site stands',
    'sitesync status\nsitesync status brazil --json\nsitesync status --at germany',
  )
    .argument('[site]', 'only this site')
    .option('--at <site>', 'as this site sees the network from its own database, instead of asking every site')
    .addOption(json())
    .action(async (site, options) => (await import('../commands/status.ts')).status(site, options));

  describe(
    program.command('wait'),
    'wait until every site is in sync; otherwise exit 1 and say what is missing',
    'cp plan.dwg sitesync-data/sites/brazil/folders/projects/ && sitesync wait --timeout 30s',
  )
    .addOption(new Option('--timeout <time>', 'how long, for instance 90s or 5m').default(60, '60s').argParser(seconds))
    .addOption(json())
    .action(async (options) => (await import('../commands/wait.ts')).wait(options));

  describe(
    program.command('plan'),
    'what would run where: ports, routes, who pulls from whom; starts nothing',
    'sitesync plan manifests/five-offices.yaml',
  )
    .argument('<file...>', 'YAML files with Sites, Hubs and SyncFolders')
    .addOption(json())
    .action(async (files, options) => (await import('../commands/plan.ts')).plan(files, options));

  describe(
    program.command('doctor'),
    'check this machine and the network that runs on it; exit 1 when something is wrong',
    'sitesync doctor',
  )
    .addOption(json())
    .action(async (options) => (await import('../commands/doctor.ts')).doctor(options));
}
