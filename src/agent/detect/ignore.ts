import picomatch from 'picomatch';
import { type BytePath, baseName, bytePath } from '../../base/bytes.ts';

export type Ignore = (path: BytePath) => boolean;

/**
 * Whether a path is not synced. A pattern without '/' is compared with names at any depth, one with '/' with the whole
 * relative path. Everything of ours, `.sitesync`, is never synced.
 */
export function createIgnore(patterns: string[]): Ignore {
  const options = { dot: true, nobrace: false };
  const names = patterns.filter((p) => !p.includes('/')).map((p) => picomatch(bytePath(p), options));
  const paths = patterns.filter((p) => p.includes('/')).map((p) => picomatch(bytePath(p.replace(/^\//, '')), options));
  return (path) => {
    if (path === '.sitesync' || path.startsWith('.sitesync/')) return true;
    if (names.length && names.some((matches) => matches(baseName(path)))) return true;
    return paths.length > 0 && paths.some((matches) => matches(path));
  };
}
