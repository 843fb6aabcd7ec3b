import type { LinkPlan } from '../../topology/site-plan.ts';
import { type TroubleCode, tell } from '../../web/contract/troubles.ts';
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

type LinkTrouble = Extract<TroubleCode, `link${string}`>;
type Explanation = (link: LinkPlan, match: RegExpExecArray) => string;

const at = ({ address }: LinkPlan) => `${address?.host}:${address?.port}`;

/** Whose link it is says who tells it on. */
const say = <C extends LinkTrouble>(code: C, { peer }: LinkPlan, params: Omit<Parameters<typeof tell<C>>[1], 'peer'>) =>
  tell(code, { ...params, peer } as Parameters<typeof tell<C>>[1]).slice(`link to ${peer}: `.length);

/** The first that matches any line wins: causes before their consequences. */
const EXPLANATIONS: [RegExp, Explanation][] = [
  [
    /(?:cannot listen to port|bind \[?127\.0\.0\.1\]?)\D*(\d+)/,
    (link, match) => say('linkPortInUse', link, { port: match[1]! }),
  ],
  [
    /remote port forwarding failed for listen port (\d+)/,
    (link, match) => say('linkPortNotGranted', link, { port: match[1]! }),
  ],
  [/Certificate invalid: expired/, (link) => say('linkCertificateExpired', link, {})],
  [
    /Certificate invalid|Host key verification failed|no matching host key type|host key is known/i,
    (link) => say('linkImpostor', link, { at: at(link) }),
  ],
  [
    /Permission denied|Too many authentication failures|No supported authentication/,
    (link) => say('linkRefused', link, {}),
  ],
  [/Could not resolve hostname/, (link) => say('linkNameUnknown', link, { host: String(link.address?.host) })],
  [/Connection refused/, (link) => say('linkNobodyListens', link, { at: at(link) })],
  [/timed out|did not get ready/i, (link) => say('linkNoAnswer', link, { at: at(link) })],
  [/No route to host|Network is unreachable/, (link) => say('linkNoRoute', link, { at: at(link) })],
  [
    /Timeout, server .* not responding/,
    (link) => say('linkSilent', link, { seconds: KEEPALIVE.seconds * (KEEPALIVE.unanswered + 1) }),
  ],
  [
    /kex_exchange_identification|Connection (?:reset|closed)|closed by remote host|Broken pipe/i,
    (link) => say('linkClosed', link, { at: at(link) }),
  ],
  [/ENOENT/, (link) => say('linkNoSsh', link, {})],
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
  return say('linkOlderPlan', link, {});
}
