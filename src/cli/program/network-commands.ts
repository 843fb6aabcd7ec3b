import { type Command, Option } from 'commander';
import { seconds } from '../terminal/time.ts';
import { describe, json } from './options.ts';

/** Commands about a network as a whole: run it, join it, see its status. */
export function addNetworkCommands(program: Command): void {
  describe(
    program.command('up'),
    'run the network described in these files; run it again to apply changes',
    'sitesync up manifests/five-offices.yaml --detach',
  )
    .argument('<file...>', 'YAML files with Sites, Hubs and SyncFolders')
    .option('--detach', 'return once all sites are up, and leave them running')
    .addOption(
      new Option('--engine <engine>', 'database engine of a new network, mariadb by default').choices([
        'mariadb',
        'mysql',
      ]),
    )
    .addOption(new Option('--supervise').hideHelp())
    .action(async (files, options) => (await import('../commands/up.ts')).up(files, options));

  describe(
    program.command('join'),
    'join a network on Kubernetes with a file from "sitesync bundle"; without a file, run the site that joined before',
    'sitesync join laptop.bundle --detach',
  )
    .argument('[bundle]', 'bundle file; a newer one is applied, even while the site is running')
    .option('--detach', 'return once the site is up, and leave it running')
    .addOption(new Option('--supervise').hideHelp())
    .action(async (file, options) => (await import('../commands/join.ts')).join(file, options));

  program
    .command('bundle')
    .description(
      'create the file with which a machine joins as an external Site; only needs permission to read the Secret SITE-keys',
    )
    .argument('<site>', 'Site with spec.placement.external')
    .option('-n, --namespace <name>', 'namespace of the Site (default: that of the context)')
    .option('--kubeconfig <file>', 'path of the kubeconfig (default: $KUBECONFIG or ~/.kube/config)')
    .option('--context <name>', 'context in the kubeconfig (default: the current one)')
    .option('-o, --output <file>', 'write to a file, readable only by you, instead of to standard output')
    .option('--force', 'print it even to a terminal')
    .option(
      '--revoke',
      'create new keys, which makes earlier bundles useless; prints no bundle. Needs permission to delete the Secret',
    )
    .addHelpText(
      'after',
      '\nExample:\n  sitesync bundle laptop -n acme -o laptop.bundle\n  sitesync bundle laptop -n acme --revoke',
    )
    .action(async (site, options) => (await import('../commands/bundle.ts')).bundle(site, options));

  describe(program.command('down'), 'stop everything running in the data folder', 'sitesync down').action(
    async (options) => (await import('../commands/down.ts')).down(options),
  );

  describe(
    program.command('status'),
    'show the status of every site',
    'sitesync status\nsitesync status brazil --json\nsitesync status --at germany',
  )
    .argument('[site]', 'only this site')
    .option('--at <site>', 'show the network as this site sees it, instead of querying every site')
    .addOption(json())
    .action(async (site, options) => (await import('../commands/status.ts')).status(site, options));

  describe(
    program.command('wait'),
    'wait until every site is in sync, or exit with 1 and say what is missing',
    'cp plan.dwg sitesync-data/sites/brazil/folders/projects/ && sitesync wait --timeout 30s',
  )
    .addOption(
      new Option('--timeout <time>', 'how long to wait, for example 90s or 5m').default(60, '60s').argParser(seconds),
    )
    .addOption(json())
    .action(async (options) => (await import('../commands/wait.ts')).wait(options));

  describe(
    program.command('plan'),
    'show what would run where: ports, routes, who pulls from whom; starts nothing',
    'sitesync plan manifests/five-offices.yaml',
  )
    .argument('<file...>', 'YAML files with Sites, Hubs and SyncFolders')
    .addOption(json())
    .action(async (files, options) => (await import('../commands/plan.ts')).plan(files, options));

  describe(
    program.command('doctor'),
    'check this machine and the network running on it; exits with 1 if something is wrong',
    'sitesync doctor',
  )
    .addOption(json())
    .action(async (options) => (await import('../commands/doctor.ts')).doctor(options));
}
