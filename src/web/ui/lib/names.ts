import { t } from './messages.ts';

const encoder = new TextEncoder();

/** A typed name in the API's encoding: every byte outside of A-Za-z0-9-._~ is %XX. */
export function encodeName(name: string): string {
  return [...encoder.encode(name)]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[A-Za-z0-9\-._~]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
}

/** For display: bytes that are not text stay %XX, and characters that would reorder or hide text are made visible. */
export function showName(encoded: string): string {
  let text: string;
  try {
    text = decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
  return text.replace(
    /[\p{Cc}\p{Bidi_Control}\u200b\u2028\u2029\ufeff]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** For editing: the text itself where it can be seen as it is; undefined where it cannot. */
export function editableName(encoded: string): string | undefined {
  const shown = showName(encoded);
  try {
    return shown === decodeURIComponent(encoded) ? shown : undefined;
  } catch {
    return undefined;
  }
}

/** Why a name cannot be used, or undefined. */
export function nameProblem(name: string): string | undefined {
  if (name.trim() === '') return t.names.empty;
  if (name.includes('/')) return t.names.slash;
  if (name === '.' || name === '..') return t.names.dots(name);
  if (encoder.encode(name).length > 255) return t.names.long;
  return undefined;
}

const IMAGES = new Set(['png', 'jpg', 'jpeg', 'gif', 'webp', 'avif', 'bmp', 'svg', 'ico']);
/** Whether the site shows it as an image; `name` may be a whole path. */
export const isImage = (name: string) => IMAGES.has(extensionOf(name));

export const extensionOf = (name: string) => /\.([A-Za-z0-9]{1,8})$/.exec(name)?.[1]?.toLowerCase() ?? '';
