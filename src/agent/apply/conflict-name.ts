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

/** Puts a tag before the extension; the stem is truncated so that the name fits into 255 bytes. */
function taggedPath(path: BytePath, tag: string): BytePath {
  const name = baseName(path);
  const dot = name.lastIndexOf('.');
  const extension = dot > 0 && name.length - dot <= 32 ? name.slice(dot) : '';
  const stem = name.slice(0, name.length - extension.length).slice(0, 255 - tag.length - extension.length);
  return joinPath(parentOf(path), `${stem}${tag}${extension}`);
}
