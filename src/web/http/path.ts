import { decodeApiPath, encodeApiPath } from '../../base/api-path.ts';
import { type BytePath, baseName, displayPath, pathProblem } from '../../base/bytes.ts';
import { Refused } from '../../base/refused.ts';
import { refuse } from '../contract/refusals.ts';

const RESERVED: ReadonlySet<string> = new Set(['.', '..', '.sitesync']);

/** Validates a path from a query, already in bytes. '' only where the folder itself may be meant. Throws Refused. */
export function checkedPath(path: BytePath, root: 'root' | 'entry'): BytePath {
  if (path === '' && root === 'root') return path;
  const problem = pathProblem(path);
  // The part that users type themselves.
  const bad = problem && path.split('/').find((name) => name.length > 255 || RESERVED.has(name));
  if (bad) throw refuse(bad.length > 255 ? 'nameTooLong' : 'reservedName', { name: displayPath(bad.slice(0, 60)) });
  if (problem) throw new Refused(`the path "${displayPath(path.slice(0, 200))}" ${problem}`);
  return path;
}

/** Validates a path from JSON. */
export function pathFromJson(text: string, root: 'root' | 'entry' = 'entry'): BytePath {
  return checkedPath(decodeApiPath(text), root);
}

/** For display: on one line, with control characters escaped. */
export const displayName = (path: BytePath) => displayPath(baseName(path));

/**
 * RFC 6266: the name for programs that support UTF-8, and an ASCII one for others. A name that is not UTF-8, or that would
 * deceive the user in a list of downloads, is escaped.
 */
export function attachmentHeader(name: BytePath, as: 'attachment' | 'inline' = 'attachment'): string {
  const harmless = displayPath(name);
  const isItself = harmless.replaceAll('\\\\', '\\') === Buffer.from(name, 'latin1').toString('utf8');
  const shown = isItself ? name : Buffer.from(harmless).toString('latin1');
  const plain = shown.replace(/[^\x20-\x7e]|["\\%<>]/g, '_');
  return `${as}; filename="${plain}"; filename*=UTF-8''${encodeApiPath(shown).replaceAll('/', '%2F')}`;
}
