import { mkdirSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { execa } from 'execa';
import { writeIfChanged } from '../../base/files.ts';
import type { SiteDir } from '../../base/site-dir.ts';
import { sshFiles } from '../../pki/keys.ts';
import type { Endpoint, Forward, SitePlan } from '../../topology/site-plan.ts';
import { CIPHERS, KEY_TYPE, quote, quoteExpanded } from './ssh.ts';

/** What sshd_config depends on besides the plan. */
export interface SshdHost {
  /** The OS user that runs sshd and that the neighbours log in as. */
  user: string;
  root: boolean;
}

/**
 * The configuration of a hub's sshd: certificates of the network's CA only, forwards only, and of these only those in
 * {@link authorizedPrincipals}.
 */
export function sshdConfig(plan: SitePlan, dir: SiteDir, host: SshdHost): string {
  const files = sshFiles(dir.keys);
  const listen = sshdListen(plan);
  return [
    '# Written by SiteSync from the plan; changes here are lost. Needs SIGHUP to take effect.',
    `ListenAddress ${listen.host.includes(':') ? `[${listen.host}]` : listen.host}:${listen.port}`,
    'PidFile none',
    'LogLevel INFO',
    `HostKey ${quote(files.hostKey)}`,
    `HostCertificate ${quote(files.hostCertificate)}`,
    `HostKeyAlgorithms ${KEY_TYPE}`,
    `Ciphers ${CIPHERS}`,
    `AllowUsers ${host.user}`,
    // As root every principal has a forced command (never run: MaxSessions 0), so that root can log in for forwards only.
    `PermitRootLogin ${host.root ? 'forced-commands-only' : 'no'}`,
    'AuthenticationMethods publickey',
    `PubkeyAcceptedAlgorithms ${KEY_TYPE}`,
    `TrustedUserCAKeys ${quote(files.ca)}`,
    `AuthorizedPrincipalsFile ${quoteExpanded(dir.sshd.principals)}`,
    'AuthorizedKeysFile none',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'UsePAM no',
    // StrictModes rejects data folders below a group-writable volume or /tmp; the provisioner is responsible for the files.
    'StrictModes no',
    'MaxAuthTries 3',
    'LoginGraceTime 20',
    'MaxStartups 64:30:256',
    'MaxSessions 0', // no shell, command, subsystem or sftp: forwards only
    'ForceCommand /bin/false',
    'PermitTTY no',
    'PermitUserRC no',
    'PermitTunnel no',
    'X11Forwarding no',
    'AllowAgentForwarding no',
    'AllowStreamLocalForwarding no',
    'AllowTcpForwarding yes',
    'GatewayPorts no',
    // Two ticks of 7 to 14 s: sshd (up to 9.x at least) compares whole seconds with ">", so that an idle tick takes two
    // intervals. Measured: 10 s and 2 take a minute. Twice 7 is more than the 8 s of a replication heartbeat, so that an
    // idle link carries only those.
    'ClientAliveInterval 7',
    'ClientAliveCountMax 1',
    'IPQoS none',
    'UseDNS no',
    '',
  ].join('\n');
}

/** Where a hub's sshd listens. Throws for a child. */
export function sshdListen(plan: SitePlan): Endpoint {
  const listen =
    plan.listen ?? (plan.ports.ssh === undefined ? undefined : { host: '127.0.0.1', port: plan.ports.ssh });
  if (!listen) throw new Error(`the plan of ${plan.site} has no address for sshd: only hubs run one`);
  return listen;
}

/**
 * Who may connect to this hub and which forwards they may open: one line per neighbour that dials it. sshd reads the file
 * at each login: a change needs no signal, but does not affect established connections: {@link serveSshd} ends those. (A
 * principals file rather than authorized_keys: with the latter sshd tells the client about each line that did not match,
 * tens of KB at a large hub before an ISDN link is up.)
 * @param principals the principals of neighbours, if not just their names: {@link pinnedPrincipal}
 */
export function authorizedPrincipals(plan: SitePlan, principals: Record<string, string> = {}): string {
  return (
    plan.links
      .filter((link) => !link.dials)
      // An empty list would mean "any port" to sshd.
      .filter((link) => link.forwards.local.length > 0 && link.forwards.remote.length > 0)
      .map(({ peer, forwards }) => {
        const rights = [
          'restrict',
          'port-forwarding',
          'command="/bin/false"',
          ...options('permitopen', forwards.local, (forward) => forward.to),
          ...options('permitlisten', forwards.remote, (forward) => forward.listen),
        ];
        return `${rights.join(',')} ${principals[peer] ?? peer}\n`;
      })
      .join('')
  );
}

/** The names of those who may connect. */
export function principalsIn(text: string): string[] {
  return text.split('\n').flatMap((line) => line.split(' ').at(-1) || []);
}

function options(name: string, forwards: Forward[], port: (forward: Forward) => number): string[] {
  return forwards.map((forward) => `${name}="127.0.0.1:${port(forward)}"`);
}

/**
 * Writes the files of a hub's sshd where they differ. `config`: a running sshd needs SIGHUP (also after new host
 * certificates); its connections stay. `principals`: nothing to do.
 */
export function writeSshd(
  plan: SitePlan,
  dir: SiteDir,
  principals?: Record<string, string>,
): { config: boolean; principals: boolean } {
  readFileSync(sshFiles(dir.keys).hostCertificate); // without it sshd would start, but no neighbour would trust it
  mkdirSync(dir.config, { recursive: true });
  const host = { user: userInfo().username, root: process.getuid?.() === 0 };
  return {
    principals: writeIfChanged(dir.sshd.principals, authorizedPrincipals(plan, principals)),
    config: writeIfChanged(dir.sshd.config, sshdConfig(plan, dir, host)),
  };
}

/**
 * The hub's sshd in the foreground, logging to stderr. An absolute path, because SIGHUP makes sshd re-execute itself. Stop
 * it with stopSshd. `penalties`: whether it {@link knowsPenalties}; many children may share one address (NAT).
 */
export function sshdCommand(dir: SiteDir, penalties: boolean): string[] {
  const options = penalties ? ['-o', 'PerSourcePenalties=no'] : [];
  return ['/usr/sbin/sshd', '-D', '-e', '-f', dir.sshd.config, ...options];
}

/** Whether the installed OpenSSH is 9.8 or later, which has PerSourcePenalties. */
export async function knowsPenalties(): Promise<boolean> {
  const { stderr } = await execa('ssh', ['-V']);
  const [, major, minor] = /OpenSSH_(\d+)\.(\d+)/.exec(stderr) ?? [];
  return Number(major) * 100 + Number(minor) >= 908;
}
