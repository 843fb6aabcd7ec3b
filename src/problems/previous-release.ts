import type { ProblemCode } from './catalogue.ts';
import type { ReportedProblem } from './problem.ts';

/*
 * Agents of the release before problems had codes report them as text only. This file understands it, and nothing else does. To be removed
 * in the next release, with its test and the fields `errors` and `reasons` of the summary (docs/decisions/0050-problems-have-codes.md).
 */

/** The sentences of that release; the first match counts. */
const TEXTS: readonly (readonly [ProblemCode, string])[] = [
  ['linkPortInUse', 'link to {peer}: port {port} of this machine is in use by another process: stop that process'],
  [
    'linkPortNotGranted',
    'link to {peer}: {peer} does not grant its port {port}: it still holds the broken connection before this one (ends within 30 s), runs an older plan, or something else uses the port there',
  ],
  [
    'linkCertificateExpired',
    'link to {peer}: the host certificate of {peer} has expired, or the clock of this machine is wrong: renew the certificate',
  ],
  [
    'linkImpostor',
    'link to {peer}: what answers at {at} is not {peer} of this network (its host certificate is missing, for another name or of another CA): correct the address, or issue the certificate again',
  ],
  [
    'linkRefused',
    "link to {peer}: {peer} refuses this site's certificate: it has expired, was revoked, is of another CA, or {peer} does not list this site: issue it again (an external site: make a new bundle and join with that), or look at the log of sshd there",
  ],
  ['linkNameUnknown', 'link to {peer}: the name {host} cannot be resolved: correct the address of {peer} or the DNS'],
  ['linkNobodyListens', 'link to {peer}: nothing listens at {at}: start {peer}, or correct its address'],
  [
    'linkNoAnswer',
    'link to {peer}: no answer from {at}: {peer} or the network is down, or a firewall drops the connection',
  ],
  ['linkNoRoute', 'link to {peer}: no route to {at}: look at the network of this machine'],
  ['linkSilent', 'link to {peer}: {peer} stopped answering for {seconds} s: its machine or the network is down'],
  [
    'linkClosed',
    'link to {peer}: {at} closed the connection: {peer} is stopping or overloaded, or something stands between',
  ],
  ['linkNoSsh', 'link to {peer}: ssh or setpriv is not installed: install openssh-client and util-linux'],
  [
    'linkOlderPlan',
    'link to {peer}: {peer} refuses a port that this site needs: it runs an older plan: apply the topology there, then this link connects anew',
  ],
  ['linkEnded', 'link to {peer}: the connection to {peer} ended'],
  ['linkDown', 'link to {peer}: {why}'],
  [
    'stateCopied',
    'replication from {peer}: it has no log of the rows that come next. They are copied from its tables, and this goes on',
  ],
  ['stateBroken', 'replication from {peer}: {why}'],
  [
    'cloned',
    'another machine runs as {site}, as {peer} heard, and nothing that is saved at this one goes out: to keep this one, stop the other one, then run "rm {file}" here; to keep the other one, run "sitesync down" here',
  ],
  [
    'databaseOlder',
    'the database of {site} is older than its files, and no neighbour that knows better answers: connect it with one; or, to take all that differs for edits made there, run "rm {file}"',
  ],
  [
    'markerGone',
    'folder {folder} at {root}: {root} has lost its marker .sitesync/marker: is the disk mounted? Mount it, or if it really was emptied, create that file',
  ],
  [
    'diskSilent',
    'folder {folder} at {root}: its disk does not answer (a network disk whose server is away?). It goes on by itself when it does',
  ],
  ['folderShut', 'folder {folder} at {root}: {why}'],
  [
    'databaseDiskFull',
    'database: no space left on its disk ({path}): free some space; what is saved here reaches the others by itself then',
  ],
  [
    'noRoom',
    'room of {folder}: no space left on the disk of folder {folder} ({root}), {bytes} bytes needed: free some space; what waits comes by itself then',
  ],
  [
    'noRoom',
    'no space left on the disk of folder {folder} ({root}), {bytes} bytes needed: free some space; what waits comes by itself then',
  ],
  [
    'diskFull',
    '"{path}": no space left on the disk of folder {folder}, {bytes} bytes needed (ENOSPC): free some space',
  ],
  ['diskFull', '"{path}": no space left on the disk of folder {folder} (ENOSPC): free some space'],
  ['mountedInside', '"{path}": another filesystem is mounted here, which is not synced: make it a folder of its own'],
  ['mountedInside', '"{path}": another filesystem is mounted here (EXDEV): make it a folder of its own'],
  [
    'tooFewWatches',
    'the kernel allows no more watches: raise fs.inotify.max_user_watches (sysctl); until then some changes are found by passes only',
  ],
  [
    'tooFewInstances',
    'the kernel allows no more inotify instances: raise fs.inotify.max_user_instances (sysctl); until then some changes are found by passes only',
  ],
  ['noPermission', '"{path}": EACCES: the service may not read it: give its user the permission'],
  ['noPermission', '"{path}": EACCES'],
  ['diskError', '"{path}": EIO: the disk reports an error: check the disk'],
  ['diskError', '"{path}": EIO'],
  ['pageCertificate', 'certificate of the page: {why}'],
  ['folderHeld', '{folder}: {count} changes wait for a person'],
  ['filesMissing', '{folder}: {count} files are still to come'],
  ['filesBehind', '{count} files are still to come'],
  ['heartbeatUnreadable', 'its heartbeat cannot be read'],
];

const SSH = / \(ssh: (.*)\)$/s;

/** The problem that a sentence of that release describes. */
export function fromText(text: string): ReportedProblem {
  // The sentence is followed by the message of ssh.
  const [ending, ssh] = SSH.exec(text) ?? ['', undefined];
  const sentence = text.slice(0, text.length - ending.length);
  for (const [code, template] of TEXTS) {
    const found = match(template, sentence);
    if (!found) continue;
    const { site: _site, ...params } = found;
    return { code, params: { ...params, ...(ssh !== undefined && { detail: `ssh: ${ssh}` }) } };
  }
  return { code: 'other', params: { text } };
}

/** Adds codes to the report of an agent of that release, which has sentences only. */
export function withCodes<
  T extends {
    errors: string[];
    reasons?: string[] | undefined;
    problems?: ReportedProblem[] | undefined;
    notInSync?: ReportedProblem[] | undefined;
  },
>(said: T): T & { problems: ReportedProblem[]; notInSync: ReportedProblem[] } {
  const { errors, reasons = [] } = said;
  return {
    ...said,
    problems: said.problems ?? errors.map(fromText),
    notInSync: said.notInSync ?? reasons.map(fromText),
  };
}

/**
 * The values with which the template gives this text; undefined if there are none. Takes time linear in the text,
 * whatever it contains: each placeholder ends where the next words of the template begin.
 */
function match(template: string, text: string): Record<string, string> | undefined {
  const [start, ...rest] = template.split(/\{(\w+)\}/);
  if (!text.startsWith(start!)) return undefined;
  const values: Record<string, string> = {};
  let at = start!.length;
  for (let i = 0; i < rest.length; i += 2) {
    const [name, words] = [rest[i]!, rest[i + 1]!];
    const isLast = i + 2 >= rest.length;
    const end = isLast ? text.length - words.length : text.indexOf(words, at + 1);
    if (end <= at || (isLast && !text.endsWith(words))) return undefined;
    const value = text.slice(at, end);
    if ((values[name] ??= value) !== value) return undefined;
    at = end + words.length;
  }
  return at === text.length ? values : undefined;
}
