import { type BytePath, bytePath } from '../../base/bytes.ts';
import { InvalidInput } from '../../base/invalid-input.ts';

/** A parsed FOLDER[:PATH]; the path '' is the folder's root. */
export interface Target {
  folder: string;
  path: BytePath;
}

/** Parses FOLDER[:PATH]. Leading and trailing slashes of the path are ignored. */
export function parseTarget(text: string): Target {
  const colon = text.indexOf(':');
  const folder = colon < 0 ? text : text.slice(0, colon);
  if (folder === '') throw wrong(text, 'names no folder');
  const path = colon < 0 ? '' : parsePath(text.slice(colon + 1));
  return { folder, path: path.replace(/^(\.?\/+)+|\/+$/g, '') };
}

/** Parses FOLDER:PATH. */
export function parseFile(text: string): Target {
  const target = parseTarget(text);
  if (target.path === '') throw wrong(text, 'names no file');
  return target;
}

/** Parses a directory of a folder, without the folder's name. */
export function parseDirectory(text: string): BytePath {
  const path = parsePath(text).replace(/^(\.?\/+)+|\/+$/g, '');
  if (path === '') throw wrong(text, 'names no directory');
  return path;
}

/** Parses FOLDER:PATH@VERSION, where VERSION is for example brazil.42. */
export function parseVersion(text: string): Target & { version: string } {
  const match = /^(.+)@([a-z0-9-]+\.\d+)$/s.exec(text);
  if (!match) throw wrong(text, 'names no version');
  return { ...parseFile(match[1]!), version: match[2]! };
}

/** The inverse of displayPath, so that printed names can be copied, even bytes that are not text. */
function parsePath(text: string): BytePath {
  const parts = text.split(/(\\\\|\\x[0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4})/);
  return parts.map((part, i) => (i % 2 === 1 ? unescape(part) : bytePath(part))).join('');
}

function unescape(escape: string): BytePath {
  if (escape === '\\\\') return '\\';
  const code = String.fromCharCode(Number.parseInt(escape.slice(2), 16));
  return escape[1] === 'x' ? code : bytePath(code);
}

function wrong(text: string, reason: string): InvalidInput {
  const remedy = 'Write it like projects:plans/bridge.dwg, a version like projects:plans/bridge.dwg@brazil.42';
  return new InvalidInput([{ object: JSON.stringify(text), reason, remedy }]);
}
