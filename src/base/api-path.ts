import type { BytePath } from './bytes.ts';

/** A path for a URL's query: every byte that is not plainly safe as %XX, so that any name survives. */
export function encodeApiPath(path: BytePath): string {
  return path.replace(/[^A-Za-z0-9._~/-]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}

/** The bytes again. A '%' that begins no byte stands for itself. */
export function decodeApiPath(text: string): BytePath {
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
