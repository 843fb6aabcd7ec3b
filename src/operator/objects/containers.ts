import { NODE_FLAGS } from '../../agent/node-flags.ts';
import { rsyncdCommand } from '../../agent/transfer/rsyncd.ts';
import { containerScripts } from '../../database/container.ts';
import { POD_HEALTH_PORTS, POD_LISTENS, POD_ROOT } from '../../topology/pods.ts';
import type { EngineName } from '../../topology/site-plan.ts';
import { dir } from './files.ts';
import type { ContainerName, SiteInput } from './input.ts';
import type { Json } from './json.ts';
import { mounts } from './volumes.ts';

type Fields = { [field: string]: Json };

const memory = (requests: string, limits: string): Fields => ({
  requests: { cpu: '20m', memory: requests },
  limits: { memory: limits },
});

/** Defaults. No CPU limit, so that idle CPU can be used. */
function resources(engine: EngineName): Record<ContainerName, Fields> {
  return {
    mysql: engine === 'mysql' ? memory('384Mi', '1Gi') : memory('128Mi', '512Mi'),
    rsyncd: memory('16Mi', '256Mi'),
    link: memory('96Mi', '256Mi'),
    sshd: memory('96Mi', '512Mi'),
    agent: memory('160Mi', '1Gi'),
  };
}

/** Everything but the agent: native sidecars, in start order. */
export function sidecars({ plan }: SiteInput): ContainerName[] {
  return ['mysql', 'rsyncd', 'link', ...(plan.role === 'hub' ? ['sshd' as const] : [])];
}

/** The init containers: one creates the data directory, then each sidecar starts and stays. */
export function initContainers(input: SiteInput): Json[] {
  const { initialise } = containerScripts(input.plan.engine, dir);
  const make: Fields = { ...container(input, 'mysql'), name: 'mysql-initialise', command: bash(initialise) };
  return [
    make,
    ...sidecars(input).map(
      (name): Json => ({ ...container(input, name), ...work(input)[name], restartPolicy: 'Always' }),
    ),
  ];
}

export function agentContainer(input: SiteInput): Json {
  return { ...container(input, 'agent'), ...work(input).agent };
}

/**
 * How the kubelet notices that an agent hangs. From then on its hub's reports no longer count, so these times are part of
 * how soon a loss is reported. An agent gives its database two seconds to answer.
 */
export const READINESS = { periodSeconds: 5, timeoutSeconds: 4, failureThreshold: 3 };

/**
 * Kills a container that hangs within half a minute, with a short grace period because a stopped process does not react to
 * SIGTERM. On a node where many pods start at once an answer may take seconds, and a restart would make that worse.
 */
const LIVENESS = { periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 4, terminationGracePeriodSeconds: 5 };
/**
 * Exec probes cost the node some 100 ms of CPU time, so they run less often. Each decides within 4 s by itself; how long it
 * takes to be started says nothing about the container.
 */
const EXEC_LIVENESS = { periodSeconds: 10, timeoutSeconds: 20, failureThreshold: 2, terminationGracePeriodSeconds: 5 };

/** What all containers have in common: PodSecurity "restricted", and a read-only root filesystem. */
function container(input: SiteInput, name: ContainerName): Fields {
  const { images, spec, plan } = input;
  return {
    name,
    image: name === 'mysql' ? images.database : images.sitesync,
    imagePullPolicy: spec.pod?.imagePullPolicy ?? 'IfNotPresent',
    resources: spec.pod?.resources?.[name] ?? resources(plan.engine)[name],
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
    },
    volumeMounts: mounts(input, name),
  };
}

/** The command of each, and its probes. Only what listens on the pod's address can be probed from outside. */
function work({ plan }: SiteInput): Record<ContainerName, Fields> {
  const { serve, answers, works } = containerScripts(plan.engine, dir);
  const sitesync = (command: string, ...options: string[]) => ['sitesync', command, '--site-dir', POD_ROOT, ...options];
  const sshPort = plan.listen?.port ?? POD_LISTENS.ssh.port;
  const succeeds = (script: string) => ({ exec: { command: bash(script) } });
  const healthz = (name: keyof typeof POD_HEALTH_PORTS) => ({
    httpGet: { path: '/healthz', port: POD_HEALTH_PORTS[name] },
  });
  const https = (path: string) => ({ httpGet: { scheme: 'HTTPS', path, port: 'https' } });
  const listens = (port: number) => started(`exec 3<>/dev/tcp/127.0.0.1/${port}`);
  return {
    mysql: {
      command: bash(serve),
      // A server that was killed may replay its log for minutes.
      startupProbe: { ...started(answers.trim()), failureThreshold: 15 },
      livenessProbe: { ...succeeds(works), ...EXEC_LIVENESS },
    },
    rsyncd: {
      command: rsyncdCommand(dir),
      startupProbe: started(greeting(plan.ports.rsync, '@RSYNCD:')),
      livenessProbe: { ...succeeds(worksOrGreets(plan.ports.rsync, '@RSYNCD:')), ...EXEC_LIVENESS },
    },
    // Links that are down are no reason to restart it.
    link: {
      command: sitesync('link', '--health-port', String(POD_HEALTH_PORTS.link)),
      startupProbe: listens(POD_HEALTH_PORTS.link),
      livenessProbe: { ...healthz('link'), ...LIVENESS },
    },
    sshd: {
      command: sitesync('sshd', '--health-port', String(POD_HEALTH_PORTS.sshd)),
      ports: [{ name: 'ssh', containerPort: sshPort }],
      startupProbe: listens(sshPort),
      // It restarts its sshd itself, without closing connections.
      livenessProbe: { ...healthz('sshd'), ...LIVENESS },
    },
    agent: {
      command: sitesync('agent'),
      env: [{ name: 'NODE_OPTIONS', value: NODE_FLAGS.join(' ') }],
      ports: [
        { name: 'https', containerPort: POD_LISTENS.https.port },
        ...(plan.page ? [{ name: 'page', containerPort: plan.page.port }] : []),
      ],
      // It waits for its database without a time-out of its own.
      startupProbe: { ...listens(POD_LISTENS.https.port), failureThreshold: 10 },
      livenessProbe: { ...https('/healthz'), ...LIVENESS },
      readinessProbe: { ...https('/readyz'), ...READINESS },
    },
  };
}

const bash = (script: string) => ['bash', '-c', script];

/**
 * A startup probe that waits until the command succeeds: every failed attempt would be a Warning about a container that
 * merely starts. After a minute it fails; on a busy node that may happen, so three times are allowed.
 */
const started = (command: string): Fields => ({
  exec: { command: bash(`until (${command}) 2>/dev/null; do sleep 0.2; done`) },
  periodSeconds: 1,
  timeoutSeconds: 60,
  failureThreshold: 3,
});

/** Succeeds when the server at this loopback port greets with the given word. */
const greeting = (port: number, word: string) =>
  `exec 3<>/dev/tcp/127.0.0.1/${port} && IFS= read -r -t 4 -u 3 line && [[ $line == ${word}* ]]`;

/** As {@link greeting}, or when the container's first process used CPU time meanwhile: on a busy node it may be slow to greet. */
const worksOrGreets = (port: number, word: string) => `used() { cat /proc/1/schedstat; }
before=$(used)
(${greeting(port, word)}) || [[ $before != "$(used)" ]]
`;
