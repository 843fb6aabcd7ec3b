import { Refused } from '../../base/refused.ts';
import { fill, type Placeholders } from '../../problems/template.ts';

/**
 * Refusals that a user of the page may see, with their HTTP status. The key is the stable `code` of the response; the
 * values for the braces are in its `params`. The page has a sentence for each in every language.
 */
export const REFUSALS = {
  exists: [409, '"{name}" already exists: choose another name'],
  changedNow: [409, '"{name}" has just been changed: check it and try again'],
  changed: [412, '"{name}" was changed in the meantime: check it first'],
  gone: [404, '"{name}" no longer exists'],
  unknown: [404, '"{name}" is not known'],
  noFile: [404, 'there is no file "{name}"'],
  nothingThere: [404, 'there is no file or directory "{name}"'],
  nothingThen: [404, 'there was no "{name}" at that time'],
  noDirectory: [409, '"{name}" is not a directory'],
  nameTooLong: [400, '"{name}" is too long: the maximum is 255 bytes'],
  reservedName: [400, '"{name}" is a reserved name: choose another one'],
  tooLong: [400, '"{name}" is too long for this disk'],
  notSynced: [400, 'names like "{name}" are not synced in this folder: choose another name'],
  holdsNotSynced: [409, '"{name}" contains entries that are not synced: delete them on disk first'],
  noFreeName: [409, 'no free name was found for "{name}": choose another one'],
  otherDisk: [409, '"{name}" is on another disk: copy it instead'],
  intoItself: [409, 'it cannot be moved into itself'],
  onItsWay: [409, '"{name}" is still on its way to {site}: try again when it is here'],
  heldHere: [409, '"{name}" was deleted at {site}, and the deletion waits for approval: reject it to get it back'],
  notReadable: [409, '"{name}" has changed since and cannot be read: check it first'],
  noVersion: [404, 'no version {version} of this path is known here'],
  isDeletion: [400, '{version} is a deletion: choose a version with content'],
  notKept: [404, 'no reachable site still has the content of {version}'],
  noFolder: [404, 'there is no folder "{folder}" at {site}'],
  notYourFolder: [404, 'there is no folder "{folder}" here'],
  needsRole: [403, 'this needs the role "{role}" in "{folder}": ask an admin for it'],
  adminsOnly: [403, 'only admins may list users'],
  receiveOnly: [403, '"{folder}" is receive-only at {site}: change it at another office'],
  starting: [503, '{site} is starting: try again in a moment'],
  diskFull: [507, 'the disk of this site is full: free up space, then try again'],
  noRoom: [507, 'the disk of this site has {free} bytes free, {size} are needed: free up space'],
  wrongSignIn: [401, 'the name or the password is wrong'],
  wrongPassword: [401, 'the password is wrong'],
  tooManyTries: [429, 'too many attempts: wait {seconds} seconds'],
  tooManyUploads: [429, 'too many unfinished uploads: finish or cancel some of them'],
  tooManyZips: [429, 'other directories are being packed for you: wait until they are downloaded'],
  tooManyDiffs: [429, 'other versions are being compared for you: wait until that is done'],
  tooManyWindows: [429, 'too many windows of this page are open: close some of them'],
  linkBusy: [429, 'this link is being downloaded by others: try again in a moment'],
  signedOut: [401, 'you are not signed in: sign in first'],
  staleForm: [403, 'the header x-csrf-token is missing or wrong: reload the page'],
  linkInvalid: [404, 'this link is invalid or has expired'],
  linkLocked: [401, 'this link is protected by a password: enter it first'],
  linkForbids: [403, 'this link does not allow that'],
  shareExpired: [400, 'the expiry is in the past: choose a future time'],
  shareTooLong: [400, 'a share can be valid for at most {days} days'],
  dropIntoFile: [400, 'files can only be uploaded into a directory'],
  noShare: [404, 'there is no such share'],
  tooDifferent: [413, 'the two versions are too different to compare here: download both'],
  tooLarge: [413, '{version} is larger than 1 MB, too large to compare here: download both'],
  noText: [400, '{version} is not a text file: download both versions to compare them'],
  nothingHeld: [404, 'there are no held changes to "{name}" at {site}'],
  deciding: [409, 'an earlier decision on "{folder}" is still being carried out: wait until it is done'],
  unexpected: [500, 'internal error; see the log of the site'],
} as const satisfies Record<string, readonly [status: number, text: string]>;

export type RefusalCode = keyof typeof REFUSALS;
type Text<C extends RefusalCode> = (typeof REFUSALS)[C][1];
export type ParamsOf<C extends RefusalCode> = Record<Placeholders<Text<C>>, string | number>;

/** Makes an error of a refusal. */
export function refuse<C extends RefusalCode>(
  code: C,
  ...[params]: [Placeholders<Text<C>>] extends [never] ? [] : [ParamsOf<C>]
): Refused {
  const [status, text] = REFUSALS[code];
  return new Refused(fill(text, params ?? {}), status, { code, params: params ?? {} });
}
