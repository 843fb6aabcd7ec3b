import { Refused } from '../../base/refused.ts';
import { fill, type Holes } from '../../base/template.ts';

/**
 * What a site refuses in words that a person at the page may meet, with HTTP's status. The key is the `code` of the answer and
 * stays; what stands in braces is in its `params`. Catalogues of the page have a sentence for each.
 */
export const REFUSALS = {
  exists: [409, '"{name}" is there already: choose another name'],
  changedNow: [409, '"{name}" was changed at this moment: look at it and try again'],
  changed: [412, '"{name}" was changed meanwhile: look at it first'],
  gone: [404, '"{name}" is not there any more'],
  unknown: [404, 'nothing is known of "{name}"'],
  noFile: [404, 'there is no file "{name}"'],
  nothingThere: [404, 'there is no file or directory "{name}"'],
  noDirectory: [409, '"{name}" is no directory'],
  nameTooLong: [400, '"{name}" is too long: a name has at most 255 bytes'],
  reservedName: [400, '"{name}" cannot be a name: choose another one'],
  tooLong: [400, '"{name}" is too long for this disk'],
  notSynced: [400, 'names like "{name}" are not synced in this folder: choose another name'],
  holdsNotSynced: [409, '"{name}" has entries that are not synced: remove them on the disk first'],
  noFreeName: [409, 'no free name was found for "{name}": choose another one'],
  otherDisk: [409, '"{name}" is on another disk: copy it instead'],
  intoItself: [409, 'it cannot be moved into itself'],
  onItsWay: [409, '"{name}" is still on its way to {site}: try again when it is here'],
  notReadable: [409, '"{name}" cannot be read as it was: look at it first'],
  noVersion: [404, 'no version {version} of this path is known here'],
  isDeletion: [400, '{version} is a deletion: choose a version that has content'],
  notKept: [404, 'no reachable site keeps the content of {version} any more'],
  noFolder: [404, 'the folder "{folder}" is not at {site}'],
  notYourFolder: [404, 'the folder "{folder}" is not here'],
  needsRole: [403, 'this needs the role "{role}" in "{folder}": ask an admin for it'],
  adminsOnly: [403, 'only an admin may see the users'],
  receiveOnly: [403, '"{folder}" only receives at {site}: change it at another office'],
  starting: [503, '{site} is starting: try again in a moment'],
  diskFull: [507, 'the disk of this site is full: free some space, then try again'],
  noRoom: [507, 'the disk of this site has room for {free} bytes, not for {size}: free some space'],
  wrongSignIn: [401, 'the name or the password is wrong'],
  wrongPassword: [401, 'the password is wrong'],
  tooManyTries: [429, 'too many tries: wait {seconds} seconds'],
  tooManyUploads: [429, 'too many uploads were begun and not ended: end or give up some of them'],
  tooManyZips: [429, 'other directories are being packed for you: wait until they are there'],
  tooManyDiffs: [429, 'other versions are being compared for you: wait until they are there'],
  tooManyWindows: [429, 'too many windows of this page are open: close some of them'],
  linkBusy: [429, 'this link is being downloaded by others: try again in a moment'],
  signedOut: [401, 'nobody is signed in: sign in first'],
  staleForm: [403, 'the header x-csrf-token is missing or wrong: load the page again'],
  linkInvalid: [404, 'this link is not valid, or no longer'],
  linkLocked: [401, 'this link has a password: give it first'],
  linkForbids: [403, 'this link does not allow that'],
  shareExpired: [400, 'the share would have expired already: choose a time to come'],
  shareTooLong: [400, 'a share may last at most {days} days'],
  dropIntoFile: [400, 'files can be dropped into a directory only'],
  noShare: [404, 'there is no such share'],
  tooDifferent: [413, 'the two versions differ too much to be compared here: download both'],
  tooLarge: [413, '{version} is larger than 1 MB, too large to be compared here: download both'],
  noText: [400, '{version} is no text: download both versions to compare them'],
  nothingHeld: [404, 'nothing is held of "{name}" at {site}'],
  deciding: [409, 'what was decided before of "{folder}" is still being carried out: wait until it is done'],
  unexpected: [500, 'the site could not answer; its log says why'],
} as const satisfies Record<string, readonly [status: number, text: string]>;

export type RefusalCode = keyof typeof REFUSALS;
type Text<C extends RefusalCode> = (typeof REFUSALS)[C][1];
export type ParamsOf<C extends RefusalCode> = Record<Holes<Text<C>>, string | number>;

/** A refusal from the list. */
export function refuse<C extends RefusalCode>(
  code: C,
  ...[params]: [Holes<Text<C>>] extends [never] ? [] : [ParamsOf<C>]
): Refused {
  const [status, text] = REFUSALS[code];
  return new Refused(fill(text, params ?? {}), status, { code, params: params ?? {} });
}
