import { deflateRawSync } from 'node:zlib';
import type { BytePath } from '../../base/bytes.ts';
import type { At } from '../fs/at.ts';
import type { OpenFolder } from '../fs/folder.ts';
import { extensionOf } from './likely-basis.ts';

/** The beginning of a file that is looked at (bytes). */
const SAMPLE = 65_536;
/** What is not smaller than this share of itself is not worth the time. */
const WORTHWHILE = 0.9;
/** Kinds of files that are remembered; the one that was learned first is forgotten first. */
const MOST_KINDS = 1000;

/**
 * Whether content is worth compressing, judging by earlier files of the same folder and extension: the receiver decides,
 * and does not have the content yet.
 */
export interface Compressibility {
  /** Undefined while no such file has arrived. */
  expect(folder: string, path: BytePath): boolean | undefined;
  learn(folder: OpenFolder, path: BytePath, content: At): void;
}

export function createCompressibility(): Compressibility {
  const known = new Map<string, boolean>();
  const kindOf = (folder: string, path: BytePath) => `${folder}\0${extensionOf(path)}`;
  return {
    expect: (folder, path) => known.get(kindOf(folder, path)),
    learn(folder, path, content) {
      const kind = kindOf(folder.plan.name, path);
      const sample = beginningOf(folder, content);
      if (!sample?.length) return;
      known.delete(kind);
      known.set(kind, isWorthCompressing(sample));
      if (known.size > MOST_KINDS) known.delete(known.keys().next().value!);
    },
  };
}

/** Pure. */
export const isWorthCompressing = (sample: Buffer) =>
  deflateRawSync(sample, { level: 1 }).length < sample.length * WORTHWHILE;

/** Undefined where it cannot be read: then nothing is learned, and the content goes on its way. */
function beginningOf({ disk }: OpenFolder, at: At): Buffer | undefined {
  let fd: number | undefined;
  try {
    fd = disk.openFile(at);
    const buffer = Buffer.alloc(SAMPLE);
    return buffer.subarray(0, disk.read(fd, buffer, 0, SAMPLE));
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) disk.close(fd);
  }
}
