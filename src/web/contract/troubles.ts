import { fill, type Placeholders, unfill } from '../../base/template.ts';

/** What can be wrong at an office. */
interface Known {
  reason: string;
  remedy: string;
  /**
   * How the office itself tells it in its heartbeat, where not as `reason: remedy`. Offices tell it in words, so that those of
   * other versions are understood, and an older page shows what it does not know.
   */
  told?: readonly string[];
}

/** The key is the `code` and stays; what stands in braces is in `params`. Catalogues of the page have both sentences for each. */
export const TROUBLES = {
  away: { reason: '{site} is unreachable', remedy: 'Check its power and network; files wait until it is back' },
  stateStopped: {
    reason: 'the state of the network no longer reaches {site}',
    remedy: 'Run "sitesync doctor" at {site}',
  },
  diskNearlyFull: {
    reason: 'the disk of {site} is nearly full',
    remedy: 'Free up space, or keep fewer versions',
  },
  clockAhead: {
    reason: 'the clock of {site} is {seconds} s ahead',
    remedy: 'Set up NTP there; files are not affected',
  },
  clockBehind: {
    reason: 'the clock of {site} is {seconds} s behind',
    remedy: 'Set up NTP there; files are not affected',
  },
  held: {
    reason: 'changes at {site} wait for approval: {count}',
    remedy: 'Review them on the page of {site}, then approve or reject them',
  },
  linkPortInUse: {
    reason: 'link to {peer}: port {port} of this machine is in use by another process',
    remedy: 'stop that process',
  },
  linkPortNotGranted: {
    reason: 'link to {peer}: {peer} does not grant its port {port}',
    remedy:
      'it still holds the broken connection before this one (ends within 30 s), runs an older plan, or something else uses the port there',
  },
  linkCertificateExpired: {
    reason: 'link to {peer}: the host certificate of {peer} has expired, or the clock of this machine is wrong',
    remedy: 'renew the certificate',
  },
  linkImpostor: {
    reason:
      'link to {peer}: what answers at {at} is not {peer} of this network (its host certificate is missing, for another name or of another CA)',
    remedy: 'correct the address, or issue the certificate again',
  },
  linkRefused: {
    reason:
      "link to {peer}: {peer} refuses this site's certificate: it has expired, was revoked, is of another CA, or {peer} does not list this site",
    remedy: 'issue it again (an external site: make a new bundle and join with that), or look at the log of sshd there',
  },
  linkNameUnknown: {
    reason: 'link to {peer}: the name {host} cannot be resolved',
    remedy: 'correct the address of {peer} or the DNS',
  },
  linkNobodyListens: {
    reason: 'link to {peer}: nothing listens at {at}',
    remedy: 'start {peer}, or correct its address',
  },
  linkNoAnswer: {
    reason: 'link to {peer}: no answer from {at}',
    remedy: '{peer} or the network is down, or a firewall drops the connection',
  },
  linkNoRoute: { reason: 'link to {peer}: no route to {at}', remedy: 'look at the network of this machine' },
  linkSilent: {
    reason: 'link to {peer}: {peer} stopped answering for {seconds} s',
    remedy: 'its machine or the network is down',
  },
  linkClosed: {
    reason: 'link to {peer}: {at} closed the connection',
    remedy: '{peer} is stopping or overloaded, or something stands between',
  },
  linkNoSsh: {
    reason: 'link to {peer}: ssh or setpriv is not installed',
    remedy: 'install openssh-client and util-linux',
  },
  linkOlderPlan: {
    reason: 'link to {peer}: {peer} refuses a port that this site needs: it runs an older plan',
    remedy: 'apply the topology there, then this link connects anew',
  },
  linkEnded: {
    reason: 'link to {peer}: the connection to {peer} ended',
    remedy: 'It is retried automatically; see the log of {site}',
    told: ['link to {peer}: the connection to {peer} ended'],
  },
  linkDown: {
    reason: 'link to {peer}: {why}',
    remedy: 'It is retried automatically; see the log of {site}',
    told: ['link to {peer}: {why}'],
  },
  stateCopied: {
    reason: '{peer} no longer has the log of the next rows for {site}',
    remedy: 'The rows are being copied from its tables; wait until that is done',
    told: [
      'replication from {peer}: it has no log of the rows that come next. They are copied from its tables, and this goes on',
    ],
  },
  stateBroken: {
    reason: 'the state of {peer} does not reach {site}: {why}',
    remedy: 'Run "sitesync doctor" at {site}',
    told: ['replication from {peer}: {why}'],
  },
  cloned: {
    reason: 'another machine runs as {site}, as {peer} heard, and nothing that is saved at this one goes out',
    remedy:
      'to keep this one, stop the other one, then run "rm {file}" here; to keep the other one, run "sitesync down" here',
  },
  databaseOlder: {
    reason: 'the database of {site} is older than its files, and no neighbour that knows better answers',
    remedy: 'connect it with one; or, to take all that differs for edits made there, run "rm {file}"',
  },
  markerGone: {
    reason: '{root} has lost its marker .sitesync/marker: is the disk mounted?',
    remedy: 'Mount it; if it was emptied on purpose, create that file',
    told: [
      'folder {folder} at {root}: {root} has lost its marker .sitesync/marker: is the disk mounted? Mount it, or if it really was emptied, create that file',
      '{root} has lost its marker .sitesync/marker: is the disk mounted? Mount it, or if it really was emptied, create that file',
    ],
  },
  diskSilent: {
    reason: 'the disk of folder {folder} at {site} does not respond: {root}',
    remedy: 'If it is a network disk, check its server; the folder recovers by itself',
    told: [
      'folder {folder} at {root}: its disk does not answer (a network disk whose server is away?). It goes on by itself when it does',
    ],
  },
  folderShut: {
    reason: 'folder {folder} at {root} is unusable: {why}',
    remedy: 'Check that disk; it is retried automatically',
    told: ['folder {folder} at {root}: {why}'],
  },
  databaseDiskFull: {
    reason: 'the disk of the database of {site} is full',
    remedy: 'Free some space; what is saved there reaches the others by itself then',
    told: ['{before}database: no space left on its disk {after}', 'database: no space left on its disk {after}'],
  },
  diskFull: {
    reason: 'the disk of {site} is full',
    remedy: 'Free up space; files wait until then',
    told: [
      '{before}No space left on device{after}',
      '{before}no space left on device{after}',
      '{before}no space left on the disk of {after}',
      'no space left on the disk of {after}',
    ],
  },
  quotaFull: {
    reason: 'the quota of {site} on its disk is used up',
    remedy: 'Increase it, or free up space; files wait until then',
    told: ['{before}Disk quota exceeded{after}', '{before}disk quota exceeded{after}'],
  },
  mountedInside: {
    reason: 'another filesystem is mounted at "{path}", which is not synced',
    remedy: 'make it a folder of its own',
    told: ['"{path}": another filesystem is mounted here, which is not synced: make it a folder of its own'],
  },
  tooFewWatches: {
    reason: 'the kernel of {site} allows no more watches: some changes are only found by scans, later',
    remedy: 'Increase fs.inotify.max_user_watches (sysctl)',
    told: [
      'the kernel allows no more watches: raise fs.inotify.max_user_watches (sysctl); until then some changes are found by passes only',
    ],
  },
  tooFewInstances: {
    reason: 'the kernel of {site} allows no more inotify instances: some changes are only found by scans, later',
    remedy: 'Increase fs.inotify.max_user_instances (sysctl)',
    told: [
      'the kernel allows no more inotify instances: raise fs.inotify.max_user_instances (sysctl); until then some changes are found by passes only',
    ],
  },
  noPermission: {
    reason: '"{path}" cannot be read at {site}: permission denied',
    remedy: 'Grant the user running SiteSync read and write access',
    told: ['"{path}": EACCES', '"{path}": EACCES{more}', "EACCES: permission denied, {call} '{path}'"],
  },
  diskError: {
    reason: '"{path}" cannot be read at {site}: the disk reports an error',
    remedy: 'Check the disk; its content is also at other offices',
    told: ['"{path}": EIO: the disk reports an error: check the disk', '"{path}": EIO'],
  },
  pageCertificate: {
    reason: 'certificate of the page of {site}: {why}',
    remedy: 'Replace it; the previous one stays in use while possible',
    told: ['certificate of the page: {why}'],
  },
  /** Told in words that are not known here. */
  other: { reason: '{text}', remedy: 'See the log of {site}', told: ['{text}'] },
} as const satisfies Record<string, Known>;

export type TroubleCode = keyof typeof TROUBLES;
type Of<C extends TroubleCode> = (typeof TROUBLES)[C];
type ParamsOf<C extends TroubleCode> = Record<Placeholders<Of<C>['reason'] | Of<C>['remedy']>, string | number>;

export interface Trouble {
  code: TroubleCode;
  params: Record<string, string | number>;
  reason: string;
  remedy: string;
}

export function trouble<C extends TroubleCode>(code: C, params: ParamsOf<C>): Trouble {
  const { reason, remedy } = TROUBLES[code];
  return { code, params, reason: fill(reason, params), remedy: fill(remedy, params) };
}

/** As the office tells it of itself. */
export function tell<C extends TroubleCode>(code: C, params: ParamsOf<C>): string {
  return fill(toldOf(TROUBLES[code])[0]!, params);
}

/** What an office tells in words, understood: the first in the list that says so. Pure. */
export function understand(site: string, text: string): Trouble {
  // What ssh itself said is for its log.
  const words = text.replace(/ \(ssh: .*/s, '');
  for (const [code, known] of Object.entries(TROUBLES) as [TroubleCode, Known][])
    for (const told of toldOf(known)) {
      const params = unfill(told, words);
      if (params) return trouble(code, { ...params, site } as ParamsOf<typeof code>);
    }
  return trouble('other', { text, site });
}

export const understandIf = (site: string, text: string | null): Trouble | null =>
  text === null ? null : understand(site, text);

const toldOf = ({ reason, remedy, told }: Known): readonly string[] => told ?? [`${reason}: ${remedy}`];
