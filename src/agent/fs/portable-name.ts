import { type BytePath, bytePath, displayPath, textOf } from '../../base/bytes.ts';

/** Why Windows clients, Macs or an encrypted disk cannot use a name as it is. */
type NotPortable = 'encoding' | 'character' | 'end' | 'device' | 'length' | 'twin';

/** A name, why it is not portable, and one that is. */
export interface Unportable {
  name: BytePath;
  why: NotPortable;
  suggested: BytePath;
}

/** The most bytes of a name where names are encrypted (eCryptfs); it is less than the 255 UTF-16 units of Windows. */
const MOST_BYTES = 143;
/** Names of a directory for which one is suggested that no other has. */
const SUGGESTED = 100;
// biome-ignore lint/suspicious/noControlCharactersInRegex: Windows allows none of them
const FORBIDDEN = /[<>:"\\|?*\u0000-\u001f]/g;
const ENDS = /[. ]+$/;
const DEVICE = /^(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?= *(\.|$))/i;

/**
 * The names of one directory that not all clients can use, in the order given: not UTF-8, with a character that Windows
 * does not allow, ending in a dot or a space, the name of a device, too long, or the same as a name before it but for case
 * or for the form of its accents (NFC, NFD). Suggested names are portable; the first
 * hundred differ from each other and from all others. Pure.
 */
export function unportable(names: BytePath[]): Unportable[] {
  const taken = new Set<string>();
  const twins = new Set<BytePath>();
  for (const name of names) {
    const key = keyOf(name);
    if (taken.has(key)) twins.add(name);
    taken.add(key);
  }
  let found = 0;
  return names.flatMap((name) => {
    const why = reasonOf(name) ?? (twins.has(name) ? 'twin' : undefined);
    if (!why) return [];
    const suggested = found++ < SUGGESTED ? free(portable(name), taken) : portable(name);
    taken.add(keyOf(suggested));
    return [{ name, why, suggested }];
  });
}

function reasonOf(name: BytePath): NotPortable | undefined {
  const text = textOf(name);
  if (text === undefined) return 'encoding';
  if (text.search(FORBIDDEN) >= 0) return 'character';
  if (ENDS.test(text)) return 'end';
  if (DEVICE.test(text)) return 'device';
  return name.length > MOST_BYTES ? 'length' : undefined;
}

/** A portable name that resembles this one. */
function portable(name: BytePath): BytePath {
  const text = (textOf(name) ?? displayPath(name)).normalize('NFC').replace(FORBIDDEN, '_').replace(ENDS, '');
  const safe = text.replace(DEVICE, '$1_');
  return shortened(safe === '' ? '_' : safe, MOST_BYTES);
}

/** This name, or with a number that makes it differ from those taken. */
function free(name: BytePath, taken: Set<string>): BytePath {
  if (!taken.has(keyOf(name))) return name;
  const text = textOf(name)!;
  const dot = text.lastIndexOf('.');
  const [stem, extension] = dot > 0 ? [text.slice(0, dot), text.slice(dot)] : [text, ''];
  for (let number = 2; ; number++) {
    const tag = ` (${number})${extension}`;
    const other = shortened(stem, MOST_BYTES - bytePath(tag).length) + bytePath(tag);
    if (!taken.has(keyOf(other))) return other;
  }
}

/** The first characters that fit into this many bytes; the extension is kept if it is short. */
function shortened(text: string, most: number): BytePath {
  if (bytePath(text).length <= most) return bytePath(text);
  const dot = text.lastIndexOf('.');
  const extension = dot > 0 && text.length - dot <= 8 ? text.slice(dot) : '';
  let stem = '';
  let left = Math.max(1, most - bytePath(extension).length);
  for (const character of text.slice(0, text.length - extension.length)) {
    left -= bytePath(character).length;
    if (left < 0) break;
    stem += character;
  }
  return bytePath((stem.replace(ENDS, '') || '_') + extension);
}

/** Equal for names that a filesystem without regard to case, or to the form of accents, takes for the same. */
const keyOf = (name: BytePath): string => (textOf(name) ?? name).normalize('NFC').toUpperCase();
