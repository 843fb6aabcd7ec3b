import { hash } from 'node:crypto';

/**
 * A file name or path as raw bytes, one character per byte ('latin1'). File names are bytes, not text: this form compares,
 * concatenates and serves as a Map key like any string, and loses nothing. Relative paths use '/', have no leading './' and
 * no empty, '.' or '..' segment; '' is the root of a folder.
 */
export type BytePath = string;

/** The argument for node:fs: a string if ASCII (fast), else a Buffer. */
export function fsPath(path: BytePath): string | Buffer {
  for (let i = 0; i < path.length; i++) if (path.charCodeAt(i) > 127) return Buffer.from(path, 'latin1');
  return path;
}

/** The bytes of a string as UTF-8, for paths that were typed or read from YAML. */
export function bytePath(text: string): BytePath {
  return Buffer.from(text, 'utf8').toString('latin1');
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The bytes as text; undefined when they are not UTF-8. */
export function textOf(path: BytePath): string | undefined {
  try {
    return UTF8.decode(Buffer.from(path, 'latin1'));
  } catch {
    return undefined;
  }
}

/**
 * For display: decoded as UTF-8. Control characters, characters that reorder or hide text, and invalid bytes are escaped,
 * so that no name can deceive a terminal. \xNN is one byte, \uNNNN one character: two names never print the same.
 */
export function displayPath(path: BytePath): string {
  const text = textOf(path);
  if (text === undefined) return path.replace(/[^\x20-\x7e]|\\/g, escape);
  return text.replace(/[\p{Cc}\p{Bidi_Control}\u200b\u2028\u2029\ufeff\\]/gu, (c) =>
    c < '\x80' ? escape(c) : `\\u${hex(c, 4)}`,
  );
}

/** The same for text from another site: escapes only what would move the cursor or reorder text. */
export function displayText(text: string): string {
  return displayPath(bytePath(text));
}

const escape = (c: string) => (c === '\\' ? '\\\\' : `\\x${hex(c, 2)}`);
const hex = (c: string, digits: number) => c.charCodeAt(0).toString(16).padStart(digits, '0');

export function parentOf(path: BytePath): BytePath {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}

export function baseName(path: BytePath): BytePath {
  return path.slice(path.lastIndexOf('/') + 1);
}

export function joinPath(dir: BytePath, name: BytePath): BytePath {
  return dir === '' ? name : `${dir}/${name}`;
}

/** Without duplicates and paths that are inside another one's directory. Pure. */
export function outermost(paths: BytePath[]): BytePath[] {
  const all = new Set(paths);
  if (all.has('')) return [''];
  return [...all].filter((path) => {
    for (let dir = parentOf(path); dir !== ''; dir = parentOf(dir)) if (all.has(dir)) return false;
    return true;
  });
}

/** A 16-byte key for a path of a folder: paths of up to 4095 bytes do not fit into an index. */
export function pathKey(folder: string, path: BytePath): Buffer {
  return hash('sha256', Buffer.from(`${folder}\0${path}`, 'latin1'), 'buffer').subarray(0, 16);
}

/** Why `path` is not a valid relative path, or undefined when it is. Paths from other sites are hostile until checked. */
export function pathProblem(path: BytePath): string | undefined {
  if (path === '') return 'is empty';
  if (path.length > 4095) return 'is longer than 4095 bytes';
  if (path.includes('\0')) return 'contains a NUL byte';
  for (const segment of path.split('/')) {
    if (segment === '') return 'has an empty segment';
    if (segment === '.' || segment === '..') return `has the segment "${segment}"`;
    if (segment.length > 255) return 'has a segment longer than 255 bytes';
  }
  if (path === '.sitesync' || path.startsWith('.sitesync/')) return 'is inside .sitesync, which is never synced';
  return undefined;
}
