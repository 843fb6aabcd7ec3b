const BASE = 'https://page.invalid';
const MAX_LENGTH = 4000;

/**
 * Where a person goes after signing in: a screen of this page, whatever was asked for. Anything that a browser could take for
 * another host, or that is no screen, is the first screen. Pure.
 */
export function returnPath(asked: string | undefined): string {
  if (asked === undefined || asked.length > MAX_LENGTH || !/^\/[\x21-\x7e]*$/.test(asked)) return '/';
  if (asked.includes('\\') || !URL.canParse(asked, BASE)) return '/';
  const { origin, pathname, search } = new URL(asked, BASE);
  // A path like "/x/..//host" only becomes one of two slashes when it is read.
  if (origin !== BASE || pathname.startsWith('//') || pathname.startsWith('/api/')) return '/';
  return `${pathname}${search}`;
}
