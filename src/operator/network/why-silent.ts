/** Codes of Node and OpenSSL for a certificate that does not fit. */
const CERTIFICATE = /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/;
/** An answer that came, and is wrong. */
export class WrongAnswer extends Error {}

/**
 * Why a hub's agent told nothing, in words that stay the same while it goes on: whether a name is unknown, a port refuses or nothing comes
 * back changes from look to look where machines come and go, and each change would rewrite the status of every site. Pure.
 */
export function whySilent(error: unknown): string {
  const { message, code, cause } = error as Error & { code?: unknown };
  if (error instanceof WrongAnswer) return message;
  if (typeof code === 'string' && CERTIFICATE.test(code))
    return `its certificate does not belong to this network: ${message}`;
  if (cause instanceof Error) return whySilent(cause);
  return 'it cannot be reached';
}
