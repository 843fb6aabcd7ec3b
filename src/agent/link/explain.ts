import type { LinkPlan } from '../../topology/site-plan.ts';
import { KEEPALIVE } from './ssh.ts';

/** What a line of `ssh -v` means. `service`: about one connection through a forward, not about the link. */
export type SshLine = 'authenticated' | 'granted' | 'refused' | 'service' | 'noise' | 'trouble';

const LINES: [RegExp, SshLine][] = [
  [/^debug1: Entering interactive session/, 'authenticated'],
  [/^debug1: remote forward success for: /, 'granted'],
  [/^channel \d+: open failed: administratively prohibited/, 'refused'],
  [/^channel \d+: open failed: |^connect_to \S+ port \d+: failed|^connect_to \S+: unknown host/, 'service'],
  [/^debug\d: |^OpenSSH_|^Authenticated to |^Transferred: |^Bytes per second: |^\s*$|^@{10}/, 'noise'],
];

/** The wording of OpenSSH 7.x to 10.x; a test runs the installed one. */
export function readSshLine(line: string): SshLine {
  return LINES.find(([pattern]) => pattern.test(line))?.[1] ?? 'trouble';
}

type Explanation = (link: LinkPlan, match: RegExpExecArray) => string;

const at = ({ address }: LinkPlan) => `${address?.host}:${address?.port}`;

/** The first that matches any line wins: causes before their consequences. */
const EXPLANATIONS: [RegExp, Explanation][] = [
  [
    /(?:cannot listen to port|bind \[?127\.0\.0\.1\]?)\D*(\d+)/,
    (_, match) => `port ${match[1]} of this machine is in use by another process: stop that process`,
  ],
  [
    /remote port forwarding failed for listen port (\d+)/,
    ({ peer }, match) =>
      `${peer} does not grant its port ${match[1]}: it still holds the broken connection before this one (ends within 30 s), runs an older plan, or something else uses the port there`,
  ],
  [
    /Certificate invalid: expired/,
    ({ peer }) =>
      `the host certificate of ${peer} has expired, or the clock of this machine is wrong: renew the certificate`,
  ],
  [
    /Certificate invalid|Host key verification failed|no matching host key type|host key is known/i,
    (link) =>
      `what answers at ${at(link)} is not ${link.peer} of this network (its host certificate is missing, for another name or of another CA): correct the address, or issue the certificate again`,
  ],
  [
    /Permission denied|Too many authentication failures|No supported authentication/,
    ({ peer }) =>
      `${peer} refuses this site's certificate: it has expired, was revoked, is of another CA, or ${peer} does not list this site: issue it again (an external site: make a new bundle and join with that), or look at the log of sshd there`,
  ],
  [
    /Could not resolve hostname/,
    (link) => `the name ${link.address?.host} cannot be resolved: correct the address of ${link.peer} or the DNS`,
  ],
  [/Connection refused/, (link) => `nothing listens at ${at(link)}: start ${link.peer}, or correct its address`],
  [
    /timed out|did not get ready/i,
    (link) => `no answer from ${at(link)}: ${link.peer} or the network is down, or a firewall drops the connection`,
  ],
  [/No route to host|Network is unreachable/, (link) => `no route to ${at(link)}: look at the network of this machine`],
  [
    /Timeout, server .* not responding/,
    ({ peer }) =>
      `${peer} stopped answering for ${KEEPALIVE.seconds * (KEEPALIVE.unanswered + 1)} s: its machine or the network is down`,
  ],
  [
    /kex_exchange_identification|Connection (?:reset|closed)|closed by remote host|Broken pipe/i,
    (link) => `${at(link)} closed the connection: ${link.peer} is stopping or overloaded, or something stands between`,
  ],
  [/ENOENT/, () => 'ssh or setpriv is not installed: install openssh-client and util-linux'],
];

/** Why ssh ended, for people: the cause and the remedy, then what ssh said. */
export function explain(troubles: string[], link: LinkPlan): string {
  for (const [pattern, words] of EXPLANATIONS) {
    for (const line of troubles) {
      const match = pattern.exec(line);
      if (match) return `${words(link, match)} (ssh: ${line.trim()})`;
    }
  }
  return troubles.at(-1)?.trim() ?? `the connection to ${link.peer} ended`;
}

/** While connected: the peer's sshd refuses to open a port that this site's plan uses. */
export function explainRefusal(link: LinkPlan): string {
  return `${link.peer} refuses a port that this site needs: it runs an older plan: apply the topology there, then this link connects anew`;
}
