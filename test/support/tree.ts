import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { fsPath, joinPath } from '../../src/base/bytes.ts';

/** Every entry below `root` but our own: kind, mode, mtime (ns) and hash of content or target. Of directories only kind and mode. */
export function treeOf(root: string): Record<string, string> {
  const entries: [string, string][] = [];
  const visit = (dir: string) => {
    for (const name of readdirSync(fsPath(dir === '' ? root : `${root}/${dir}`), 'latin1')) {
      const path = joinPath(dir, name);
      if (path === '.sitesync') continue;
      const full = fsPath(`${root}/${path}`);
      const stats = lstatSync(full, { bigint: true });
      const mode = (Number(stats.mode) & 0o777).toString(8);
      if (stats.isDirectory()) {
        entries.push([path, `dir ${mode}`]);
        visit(path);
      } else if (stats.isSymbolicLink()) {
        entries.push([path, `symlink ${readlinkSync(full, 'latin1')} ${stats.mtimeNs}`]);
      } else {
        entries.push([
          path,
          `file ${mode} ${stats.mtimeNs} ${createHash('sha256').update(readFileSync(full)).digest('hex')}`,
        ]);
      }
    }
  };
  visit('');
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
