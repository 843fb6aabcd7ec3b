import { type Problem, problem } from '../../problems/problem.ts';
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

/** Recognises the wording of OpenSSH 7.x to 10.x, which has no codes; test/agent/link/run.test.ts runs the installed one. */
export function readSshLine(line: string): SshLine {
  return LINES.find(([pattern]) => pattern.test(line))?.[1] ?? 'trouble';
}

type Explanation = (link: LinkPlan, match: RegExpExecArray) => Problem;

const at = ({ address }: LinkPlan) => `${address?.host}:${address?.port}`;

/** The first pattern that matches any line wins: causes come before their consequences. */
const EXPLANATIONS: [RegExp, Explanation][] = [
  [
    /(?:cannot listen to port|bind \[?127\.0\.0\.1\]?)\D*(\d+)/,
    ({ peer }, match) => problem('linkPortInUse', { peer, port: match[1]! }),
  ],
  [
    /remote port forwarding failed for listen port (\d+)/,
    ({ peer }, match) => problem('linkPortNotGranted', { peer, port: match[1]! }),
  ],
  [/Certificate invalid: expired/, ({ peer }) => problem('linkCertificateExpired', { peer })],
  [
    /Certificate invalid|Host key verification failed|no matching host key type|host key is known/i,
    (link) => problem('linkImpostor', { peer: link.peer, at: at(link) }),
  ],
  [
    /Permission denied|Too many authentication failures|No supported authentication/,
    ({ peer }) => problem('linkRefused', { peer }),
  ],
  [
    /Could not resolve hostname/,
    ({ peer, address }) => problem('linkNameUnknown', { peer, host: String(address?.host) }),
  ],
  [/Connection refused/, (link) => problem('linkNobodyListens', { peer: link.peer, at: at(link) })],
  [/timed out|did not get ready/i, (link) => problem('linkNoAnswer', { peer: link.peer, at: at(link) })],
  [/No route to host|Network is unreachable/, (link) => problem('linkNoRoute', { peer: link.peer, at: at(link) })],
  [
    /Timeout, server .* not responding/,
    ({ peer }) => problem('linkSilent', { peer, seconds: KEEPALIVE.seconds * (KEEPALIVE.unanswered + 1) }),
  ],
  [
    /kex_exchange_identification|Connection (?:reset|closed)|closed by remote host|Broken pipe/i,
    (link) => problem('linkClosed', { peer: link.peer, at: at(link) }),
  ],
];

/** ssh or setpriv is not installed. */
export const explainMissing = (lines: string[], { peer }: LinkPlan): Problem =>
  withDetail(problem('linkNoSsh', { peer }), lines.at(-1) ?? '');

const withDetail = ({ code, params }: Problem, line: string) =>
  ({ code, params: { ...params, detail: `ssh: ${line.trim()}` } }) as Problem;

/** Why ssh ended. Its own words are in the detail. */
export function explain(lines: string[], link: LinkPlan): Problem {
  for (const [pattern, explanation] of EXPLANATIONS) {
    for (const line of lines) {
      const match = pattern.exec(line);
      if (match) return withDetail(explanation(link, match), line);
    }
  }
  const { peer } = link;
  const last = lines.at(-1)?.trim();
  return last === undefined ? problem('linkEnded', { peer }) : problem('linkDown', { peer, why: last });
}

/** While connected: the peer's sshd refuses to open a port that this site's plan uses. */
export const explainRefusal = ({ peer }: LinkPlan): Problem => problem('linkOlderPlan', { peer });
