const BASE = 'https://page.invalid';
const MAX_LENGTH = 4000;

/**
 * Where to go after signing in: a screen of this page, whatever was requested. Anything that a browser could take for
 * another host, or that is not a screen, becomes the first screen. Pure.
 */
export function returnPath(asked: string | undefined): string {
  if (asked === undefined || asked.length > MAX_LENGTH || !/^\/[\x21-\x7e]*$/.test(asked)) return '/';
  if (asked.includes('\\') || !URL.canParse(asked, BASE)) return '/';
  const { origin, pathname, search } = new URL(asked, BASE);
  // A path like "/x/..//host" becomes one with two slashes only when it is normalised.
  if (origin !== BASE || pathname.startsWith('//') || pathname.startsWith('/api/')) return '/';
  return `${pathname}${search}`;
}
