import { type Command, Option } from 'commander';
import { days, list, port } from './options.ts';

/** The operator, and the processes of a site that the local runner and pods start. */
export function addProcessCommands(program: Command): void {
  program
    .command('operator')
    .description('run the Kubernetes operator')
    .option(
      '--kubeconfig <file>',
      'path of the kubeconfig (default: $KUBECONFIG, ~/.kube/config or the service account of the pod)',
    )
    .option('--namespace <name>', 'watch this namespace only (default: all)')
    .option(
      '--lease-namespace <name>',
      'namespace of the leader election lease',
      process.env.POD_NAMESPACE ?? 'sitesync',
    )
    .requiredOption('--image <image>', 'SiteSync image for site pods')
    .addOption(
      new Option('--database-engine <engine>', 'database engine of the database image')
        .choices(['mariadb', 'mysql'])
        .default('mysql'),
    )
    .requiredOption('--database-image <image>', 'image with MySQL 8.4 or newer, or MariaDB 10.11 or newer')
    .option('--image-pull-secrets <names>', 'pull secrets for these images, in the namespace of each network', list, [])
    .option('--observers <namespaces>', 'namespaces of the operator and of monitoring, which may query sites', list, [
      'sitesync',
    ])
    .option('--certificate-days <days>', 'lifetime of site certificates; renewed after two thirds', days, 90)
    .option('--authority-days <days>', 'lifetime of certificate authorities; rotated after two thirds', days, 1825)
    .option('--password-days <days>', 'lifetime of passwords; rotated after two thirds', days, 180)
    .option('--metrics-port <port>', 'port of /metrics', port, 8080)
    .option('--health-port <port>', 'port of /healthz and /readyz', port, 8081)
    .action(async (options) => (await import('../commands/operator.ts')).operator(options));

  program
    .command('agent', { hidden: true })
    .requiredOption('--site-dir <dir>')
    .action(async (options) => (await import('../commands/agent.ts')).agent(options));

  program
    .command('link', { hidden: true })
    .requiredOption('--site-dir <dir>')
    .option('--health-port <port>', 'port of /healthz', port)
    .action(async (options) => (await import('../commands/link.ts')).link(options));

  program
    .command('sshd', { hidden: true })
    .requiredOption('--site-dir <dir>')
    .option('--health-port <port>', 'port of /healthz', port)
    .action(async (options) => (await import('../commands/sshd.ts')).sshd(options));
}
