import picomatch from 'picomatch';
import { type BytePath, baseName, joinPath, parentOf } from '../../base/bytes.ts';

/** Whether the entry `name` of the directory `dir`, itself not ignored, is not synced. */
export type Ignore = (dir: BytePath, name: BytePath) => boolean;

/** The name of our own directory in a folder's root. */
const OURS = '.sitesync';
/** 's': a name may contain a newline. */
const OPTIONS: picomatch.PicomatchOptions = { dot: true, nonegate: true, noextglob: true, flags: 's' };

/**
 * Patterns: `*`, `**`, `?`, `[...]`, `{a,b}`. One without '/' is matched against names at any depth, one with '/' against
 * the whole relative path; both as text, so that `?` is a character. Everything in an ignored directory is ignored.
 */
export function createIgnore(patterns: string[]): Ignore {
  // A trailing '/', as often written for directories, does not make it a path.
  const globs = patterns.map((pattern) => pattern.replace(/\/+$/, '')).filter((pattern) => pattern !== '');
  const isName = nameMatcher(globs.filter((glob) => !glob.includes('/')));
  const paths = globs.filter((glob) => glob.includes('/')).map((glob) => picomatch(glob.replace(/^\//, ''), OPTIONS));
  return (dir, name) => {
    if (dir === '' && name === OURS) return true;
    if (isName(asText(name))) return true;
    return paths.some((matches) => matches(asText(joinPath(dir, name))));
  };
}

/** Asked for every entry of a tree: one look-up, and one regular expression for all patterns with wildcards. */
function nameMatcher(globs: string[]): (name: string) => boolean {
  const plain = new Set(globs);
  const wild = globs.filter((glob) => /[^\w .~$#@+-]/.test(glob)).map((glob) => picomatch.makeRe(glob, OPTIONS).source);
  if (wild.length === 0) return (name) => plain.has(name);
  const any = new RegExp(wild.join('|'), OPTIONS.flags);
  return (name) => plain.has(name) || any.test(name);
}

const compiled = new WeakMap<string[], Ignore>();

/** {@link createIgnore}, cached per list of patterns. */
export function ignoreOf(patterns: string[]): Ignore {
  const known = compiled.get(patterns);
  if (known) return known;
  const ignore = createIgnore(patterns);
  compiled.set(patterns, ignore);
  return ignore;
}

/** The same for a path whose parent directories may be ignored too. */
export function ignoresPath(ignore: Ignore, path: BytePath): boolean {
  for (let at = path; at !== ''; at = parentOf(at)) if (ignore(parentOf(at), baseName(at))) return true;
  return false;
}

/** Bytes that are not UTF-8 become U+FFFD, which `*` and `?` match as well. */
function asText(path: BytePath): string {
  // biome-ignore lint: every byte below 128 is what it says
  return /^[\x00-\x7f]*$/.test(path) ? path : Buffer.from(path, 'latin1').toString('utf8');
}
