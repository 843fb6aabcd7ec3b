import { type BytePath, baseName, joinPath, parentOf } from '../../base/bytes.ts';

/**
 * `name (conflict brazil 2026-11-21 2030).ext`: the name under which the origin of a losing version keeps it. Time is UTC.
 * `attempt` > 1 adds a number.
 */
export function conflictPath(path: BytePath, site: string, detectedAtMs: number, attempt = 1): BytePath {
  const time = new Date(detectedAtMs).toISOString();
  const stamp = `${time.slice(0, 10)} ${time.slice(11, 13)}${time.slice(14, 16)}`;
  return taggedPath(path, ` (conflict ${site} ${stamp}${attempt > 1 ? ` ${attempt}` : ''})`);
}

/** `name (2).ext`: another name for a file whose own name is taken. */
export const numberedPath = (path: BytePath, number: number): BytePath => taggedPath(path, ` (${number})`);

/** The most bytes of a name, on most disks and on those that encrypt names (eCryptfs). */
const MOST = 255;
const MOST_ENCRYPTED = 143;

/**
 * Puts a tag before the extension. The stem is truncated between two characters, so that the name fits wherever the name of
 * the file itself does.
 */
function taggedPath(path: BytePath, tag: string): BytePath {
  const name = baseName(path);
  const dot = name.lastIndexOf('.');
  const extension = dot > 0 && name.length - dot <= 32 ? name.slice(dot) : '';
  const room = (name.length <= MOST_ENCRYPTED ? MOST_ENCRYPTED : MOST) - tag.length - extension.length;
  const stem = firstBytes(name.slice(0, name.length - extension.length), room);
  return joinPath(parentOf(path), `${stem}${tag}${extension}`);
}

/** At most this many bytes of a name, without a part of a character in UTF-8. */
function firstBytes(name: BytePath, most: number): BytePath {
  let end = Math.min(name.length, most);
  for (let back = 0; back < 3 && end > 0 && isContinuation(name.charCodeAt(end)); back++) end--;
  return name.slice(0, end);
}

const isContinuation = (byte: number) => (byte & 0xc0) === 0x80;
