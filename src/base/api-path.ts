import type { BytePath } from './bytes.ts';

/**
 * A path as text for URLs and JSON: every byte outside of `A-Z a-z 0-9 - . _ ~ /` becomes %XX. Works on bytes, so names
 * that are not valid UTF-8 survive, unlike with encodeURIComponent.
 */
export function encodeApiPath(path: BytePath): string {
  return path.replace(/[^A-Za-z0-9\-._~/]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}

/** The inverse of {@link encodeApiPath}. Never throws: anything but %XX is kept, non-ASCII characters as UTF-8. */
export function decodeApiPath(text: string): BytePath {
  const bytes = Buffer.from(text, 'utf8').toString('latin1');
  return bytes.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
