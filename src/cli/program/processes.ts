import { type Command, Option } from 'commander';
import { days, list, port } from './options.ts';

/** The operator, and the processes of a site that the local runner and pods start. */
export function addProcessCommands(program: Command): void {
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
