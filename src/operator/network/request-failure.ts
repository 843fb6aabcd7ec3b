/** Error codes of Node and OpenSSL for a certificate that is not accepted. */
const CERTIFICATE = /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/;
/** There was a response, and it is invalid. */
export class BadResponse extends Error {}

/**
 * Why a request to a hub's agent failed, in words that stay the same while it lasts: whether a name is unknown, a port
 * refuses or nothing responds changes from poll to poll, and each change would rewrite the status of every site. Pure.
 */
export function failureReason(error: unknown): string {
  const { message, code, cause } = error as Error & { code?: unknown };
  if (error instanceof BadResponse) return message;
  if (typeof code === 'string' && CERTIFICATE.test(code))
    return `its certificate does not belong to this network: ${message}`;
  if (cause instanceof Error) return failureReason(cause);
  return 'it cannot be reached';
}
