import type { Counts, Placeholders } from './template.ts';

interface Sentences {
  /** What is wrong. */
  reason: string;
  /** What to do about it; '' when there is nothing to do but wait. */
  remedy: string;
}

/**
 * Everything that can be wrong at a site, in English. The key is the code and never changes its meaning. Values for the
 * braces are in the problem's params, except `{site}`: the site that has the problem. A sentence starts in lower case,
 * except with a name, and has no full stop. Sentences may be reworded at any time, because no decision depends on them.
 * Other languages: de.ts.
 */
export const PROBLEMS = {
  // The site as a whole.
  away: { reason: '{site} is unreachable', remedy: 'check its power and network; files wait until it is back' },
  notResponding: { reason: 'it does not respond', remedy: '' },
  notHeard: { reason: '{reporter} receives no heartbeats from it', remedy: '' },
  heartbeatUnreadable: { reason: 'its heartbeat cannot be read', remedy: 'install the same version at all sites' },
  clockAhead: {
    reason: 'the clock of {site} is {seconds} s ahead',
    remedy: 'set up NTP there; files are not affected',
  },
  clockBehind: {
    reason: 'the clock of {site} is {seconds} s behind',
    remedy: 'set up NTP there; files are not affected',
  },
  held: {
    reason: 'changes at {site} wait for approval: {count}',
    remedy: 'review them on the page of {site}, then approve or reject them',
  },
  lagging: { reason: 'lags by {lag}, more than spec.freshness.target allows ({target})', remedy: '' },
  cloned: {
    reason: 'another machine runs as {site}, reports {peer}: changes saved on this one are not shared',
    remedy:
      'to keep this one, stop the other one, then run "rm {file}" here; to keep the other one, run "sitesync down" here',
  },
  databaseOlder: {
    reason: 'the database of {site} is older than its files, and no neighbour with newer rows responds',
    remedy: 'connect it to one; or, to treat all differences as edits made there, run "rm {file}"',
  },

  // Links.
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
  linkNoRoute: { reason: 'link to {peer}: no route to {at}', remedy: 'check the network of this machine' },
  linkSilent: {
    reason: 'link to {peer}: {peer} stopped answering for {seconds} s',
    remedy: 'its machine or the network is down',
  },
  agentSilent: {
    reason: 'the agent of {peer} does not respond, although its database does',
    remedy: 'restart {peer}, and see its log',
  },
  linkClosed: {
    reason: 'link to {peer}: {at} closed the connection',
    remedy: '{peer} is stopping or overloaded, or something on the way interferes',
  },
  linkNoSsh: {
    reason: 'link to {peer}: ssh or setpriv is not installed',
    remedy: 'install openssh-client and util-linux',
  },
  linkOlderPlan: {
    reason: 'link to {peer}: {peer} refuses a port that this site needs: it runs an older plan',
    remedy: 'apply the new plan there; the link then reconnects',
  },
  linkEnded: {
    reason: 'link to {peer}: the connection to {peer} ended',
    remedy: 'it is retried automatically; see the log of {site}',
  },
  // The reason says what to do.
  linkStopped: { reason: 'link to {peer}: {why}', remedy: '' },
  linkDown: {
    reason: 'link to {peer}: {why}',
    remedy: 'it is retried automatically; see the log of {site}',
  },

  // Replication.
  stateStopped: {
    reason: 'the state of the network no longer reaches {site}',
    remedy: 'run "sitesync doctor" at {site}',
  },
  stateCopied: {
    reason: 'replication from {peer} has stopped: its log no longer has the next rows',
    remedy: 'they are being copied from its tables; replication then resumes',
  },
  stateBroken: {
    reason: 'replication from {peer} has stopped: {why}',
    remedy: 'run "sitesync doctor" at {site}',
  },
  stateForged: {
    reason: 'replication from {peer} was stopped: {peer} numbered its rows as those of another site',
    remedy: 'nothing was lost; inspect {peer}, which is broken or compromised, then restart the agent of {site}',
  },
  journalDiffers: {
    reason: 'the journal of {origin}: {peer} lacks {count|row that is|rows that are} here',
    remedy: 'run "sitesync verify --at {peer}"; if the problem stays, rebuild its database from its neighbours',
  },

  // Disks and folders.
  markerGone: {
    reason: 'folder {folder} at {root} has lost its marker .sitesync/marker: is the disk mounted?',
    remedy: 'mount it; if the folder was emptied on purpose, create that file',
  },
  diskSilent: {
    reason: 'folder {folder} at {root}: its disk does not respond',
    remedy: 'if it is a network disk, check its server; the folder recovers automatically',
  },
  ownDirectoryMounted: {
    reason: 'folder {folder}: {path} is on another filesystem, to which no file of the folder can be renamed',
    remedy: 'unmount it; to give versions more space, move the whole folder',
  },
  folderReplaced: {
    reason: 'folder {folder} at {root}: another directory or disk is in its place',
    remedy: 'it is being reopened',
  },
  folderShut: {
    reason: 'folder {folder} at {root} is unusable: {why}',
    remedy: 'check that disk; it is retried automatically',
  },
  scanFailed: { reason: 'scanning folder {folder} failed: {why}', remedy: 'it is retried automatically' },
  diskNearlyFull: {
    reason: 'the disk of {site} is nearly full',
    remedy: 'free up space, or keep fewer versions',
  },
  databaseDiskFull: {
    reason: 'database: no space left on its disk ({path})',
    remedy: 'free up space; what is saved here then reaches the others',
  },
  noRoom: {
    reason: 'no space left on the disk of folder {folder} ({root}), {bytes} bytes needed',
    remedy: 'free up space; waiting files then arrive',
  },
  diskFull: {
    reason: 'no space left on the disk of folder {folder}',
    remedy: 'free up space; files wait until then',
  },
  quotaFull: {
    reason: 'the disk quota of folder {folder} is used up',
    remedy: 'raise it, or free up space; files wait until then',
  },

  // Watching and scanning.
  tooFewWatches: {
    reason: 'the kernel allows no more watches: some changes are only found by scans, later',
    remedy: 'raise fs.inotify.max_user_watches (sysctl)',
  },
  tooFewInstances: {
    reason: 'the kernel allows no more inotify instances: some changes are only found by scans, later',
    remedy: 'raise fs.inotify.max_user_instances (sysctl)',
  },
  tooManyDirectories: {
    reason: 'there are more than {limit} directories to watch: some changes are only found by scans, later',
    remedy: 'split the folder',
  },
  tooManyHardLinks: {
    reason:
      'more than {limit} files have several names (hard links): writes through other names are only found by scans',
    remedy: 'split the folder',
  },
  watchFailed: { reason: 'watching for changes failed ({why}): some are only found by scans, later', remedy: '' },
  noPermission: {
    reason: '"{path}" cannot be read: permission denied',
    remedy: 'grant the user running SiteSync read and write access',
  },
  diskError: {
    reason: '"{path}" cannot be read: the disk reports an error',
    remedy: 'check the disk; other sites have the content, too',
  },
  staleHandle: {
    reason: '"{path}" cannot be read: the file server no longer knows it (ESTALE)',
    remedy: 'mount that filesystem again',
  },
  mountEnded: {
    reason: '"{path}" cannot be read: the process serving its filesystem has ended (ENOTCONN)',
    remedy: 'mount that filesystem again',
  },
  mountedInside: {
    reason: 'another filesystem is mounted at "{path}", which is not synced',
    remedy: 'make it a folder of its own',
  },
  unreadable: { reason: '"{path}" cannot be read: {why}', remedy: '' },
  notJournaled: {
    reason: '{path} cannot be journaled ({why})',
    remedy: 'rename it or change its times; everything else continues',
  },
  rowSkipped: {
    reason: '{path} of {origin} cannot be journaled ({why})',
    remedy: 'it is retried; saving the file again at {origin} also helps',
  },

  // Fetching and placing files.
  notSent: { reason: '{peer} did not send it', remedy: 'it is retried automatically' },
  sourceChanged: { reason: 'its content at {peer} has changed since', remedy: 'it is retried automatically' },
  transferFailed: { reason: 'the transfer from {peer} failed: {why}', remedy: 'it is retried automatically' },
  folderNotUpdated: {
    reason: 'folder {folder} cannot be brought up to date: {why}',
    remedy: 'it is retried automatically',
  },
  changedHere: { reason: 'it was changed here in the meantime', remedy: 'that change is processed first' },
  openHere: { reason: 'a program here has it open for writing', remedy: 'it is replaced as soon as it is closed' },
  directoryNotEmpty: { reason: 'the directory still has entries here', remedy: '' },
  parentNotDirectory: { reason: '"{path}" is not a directory here', remedy: '' },
  immutable: {
    reason: '"{path}": it may not be changed here (EPERM)',
    remedy: 'remove its flag "immutable" (lsattr, chattr -i), or make the user of SiteSync its owner',
  },
  rightsNotRoot: {
    reason: 'folder {folder}: rights of {count} files cannot be set: not root',
    remedy:
      'their content is here; to keep owners and groups too, run SiteSync as root, or make its user a member of the groups',
  },
  rightsRefused: {
    reason: 'folder {folder}: rights of {count} files cannot be set: the disk refuses them',
    remedy: 'their content is here; a disk with POSIX ACLs and extended attributes keeps their rights too',
  },
  notWritable: {
    reason: '"{path}": permission denied here (EACCES)',
    remedy: 'grant the user of SiteSync write access',
  },
  readOnly: { reason: '"{path}": the disk is read-only here (EROFS)', remedy: 'mount it read-write' },
  busyHere: { reason: '"{path}": it is in use here as a mount point (EBUSY)', remedy: 'unmount it' },
  nameTooLong: {
    reason: '"{path}": the name is too long for this disk (ENAMETOOLONG)',
    remedy: 'rename it at another site',
  },
  nameNotAllowed: {
    reason: '"{path}": this disk does not allow such a name (EINVAL)',
    remedy: 'rename it at another site',
  },
  diskNotWritable: { reason: '"{path}": the disk cannot be written (EIO)', remedy: 'check the disk' },
  notPlaced: { reason: '"{path}": {why}', remedy: '' },

  // Verification.
  damagedRot: {
    reason: '{path} is damaged: its content changed although nobody wrote to it',
    remedy: 'it is fetched again; if no other site has it, save it again or delete it',
  },
  damagedUnreadable: {
    reason: '{path} is damaged: the disk can no longer read it',
    remedy: 'it is fetched again; if no other site has it, save it again or delete it',
  },
  damagedTorn: {
    reason: '{path} is damaged: a power cut left only a part of it',
    remedy: 'it is fetched again; if no other site has it, save it again or delete it',
  },
  damagedLost: {
    reason: '{path} is damaged: it is gone, and nobody deleted it',
    remedy: 'it is fetched again; if no other site has it, save it again or delete it',
  },
  archiveRot: {
    reason: 'the old version {version} of {path} is damaged: its content changed although nobody wrote to it',
    remedy: 'no site that was asked has its content; it is asked for again',
  },
  archiveUnreadable: {
    reason: 'the old version {version} of {path} is damaged: the disk can no longer read it',
    remedy: 'no site that was asked has its content; it is asked for again',
  },
  archiveTorn: {
    reason: 'the old version {version} of {path} is damaged: a power cut left only a part of it',
    remedy: 'no site that was asked has its content; it is asked for again',
  },
  archiveLost: {
    reason: 'the old version {version} of {path} is damaged: it is gone, and nobody deleted it',
    remedy: 'no site that was asked has its content; it is asked for again',
  },
  moreDamaged: { reason: '{count|more file is|more files are} damaged', remedy: '' },

  // The page, and the port for the operator.
  pageCertificate: {
    reason: 'certificate of the page: {why}',
    remedy: 'replace it; the previous one stays in use while possible',
  },
  pageCertificateInvalid: {
    reason: 'certificate of the page: {file} cannot be used ({why})',
    remedy: 'supply a certificate and its own key, both in PEM',
  },
  pageCertificateExpired: {
    reason: 'certificate of the page: {file} has expired on {date}',
    remedy: 'replace it',
  },
  pageCertificatePending: {
    reason: 'certificate of the page: it is used from the next start of the agent',
    remedy: 'restart the agent',
  },
  pageUsers: { reason: 'users of the page: {why}', remedy: '' },
  signIn: { reason: 'sign-in by a provider: {why}', remedy: '' },
  statusCertificate: {
    reason: 'certificate for the operator and monitoring: the new one cannot be used ({why})',
    remedy: 'replace it; the previous one is in use',
  },

  // Why a site is not in sync although nothing else is wrong.
  stateNotArriving: { reason: 'the state of the network does not arrive', remedy: '' },
  foldersOpening: { reason: 'its folders are being opened', remedy: '' },
  foldersScanned: { reason: 'its folders are being scanned', remedy: '' },
  filesBehind: { reason: '{count|file has|files have} not arrived yet', remedy: '' },
  changesUnknown: { reason: 'it does not hold all changes made at {origin}', remedy: '' },
  pathsUnreadable: { reason: '{folder}: {count|path|paths} cannot be read: {names}', remedy: '' },
  namesNotPortable: {
    reason: '{folder}: {count|name|names} given here cannot be used by all clients: {names}',
    remedy: 'rename them, for instance as suggested; until then they are synced as they are',
  },
  timesNotKept: {
    reason: '{folder}: {count|file has a date that|files have dates that} cannot be kept elsewhere: {names}',
    remedy: 'the other sites have the nearest that can, of 1677 or 2262; set the right one with "touch"',
  },
  pathsNotJournaled: { reason: '{folder}: {count|path|paths} cannot be journaled: {names}', remedy: '' },
  filesDamaged: { reason: '{folder}: {count|file is|files are} damaged', remedy: '' },
  folderHeld: { reason: '{folder}: {count|change waits|changes wait} for approval', remedy: '' },
  notScanned: { reason: '{folder}: the first scan has not finished', remedy: '' },
  diskUnknown: { reason: '{folder}: the state of its disk is unknown at the moment', remedy: '' },
  scanOverdue: { reason: '{folder}: a scan is overdue', remedy: '' },
  scanOwed: { reason: '{folder}: events were lost, a new scan is needed', remedy: '' },
  pathsChanged: { reason: '{folder}: {count|path|paths} changed and not looked at yet: {names}', remedy: '' },
  pathsReading: { reason: '{folder}: {count|path is|paths are} being read: {names}', remedy: '' },
  changesTakenIn: { reason: '{folder}: changes are being journaled', remedy: '' },
  filesMissing: { reason: '{folder}: {count|file has|files have} not arrived yet', remedy: '' },
  filesPlaced: { reason: '{folder}: {count|file is|files are} being put into place', remedy: '' },

  /** Known only as text, as from a program or an older release. */
  other: { reason: '{text}', remedy: '' },
} as const satisfies Record<string, Sentences>;

export type ProblemCode = keyof typeof PROBLEMS;

type Text<C extends ProblemCode> = (typeof PROBLEMS)[C]['reason' | 'remedy'];

/** The values in a problem's sentences, except its site. `detail`: the message of a program, for experts. */
export type ParamsOf<C extends ProblemCode> = {
  [Name in Exclude<Placeholders<Text<C>>, 'site'>]: Name extends Counts<Text<C>> ? number : string | number;
} & { detail?: string };

/** The catalogue in another language. */
export type Translation = Record<ProblemCode, Sentences>;
