/** An error response of the API server. The message contains nothing of the request's headers. */
export class KubeError extends Error {
  /** HTTP status. */
  readonly code: number;
  /** Machine-readable: `NotFound`, `Conflict`, `AlreadyExists`, `Expired`, `Forbidden`, … */
  readonly reason: string;
  /** Seconds after which the server wants to be asked again. */
  readonly retryAfter: number | undefined;

  /** Why it was refused, more exactly: `NamespaceTerminating`, `FieldValueInvalid`, … */
  readonly causes: readonly string[];

  constructor(code: number, reason: string, message: string, retryAfter?: number, causes: readonly string[] = []) {
    super(message);
    this.name = 'KubeError';
    this.code = code;
    this.reason = reason;
    this.retryAfter = retryAfter;
    this.causes = causes;
  }
}

export const isNotFound = (error: unknown) => error instanceof KubeError && error.code === 404;
/** Somebody else changed the object in the meantime: normal, read it again. */
export const isConflict = (error: unknown) => error instanceof KubeError && error.code === 409;
/** The server no longer has the requested resourceVersion: list again. */
export const isExpired = (error: unknown) =>
  error instanceof KubeError && (error.code === 410 || error.reason === 'Expired' || error.reason === 'Gone');

/** What etcd says of an object that exceeds its limit; the API server passes it on with status 500 and no reason. */
const ETCD_TOO_LARGE = 'etcdserver: request is too large';

/** The object is larger than the API server or its store accepts. */
export const isTooLarge = (error: unknown) =>
  error instanceof KubeError &&
  (error.code === 413 || error.causes.includes('FieldValueTooLong') || error.message.includes(ETCD_TOO_LARGE));

/** What is read of an object of kind Status. */
interface StatusBody {
  reason?: string;
  message?: string;
  details?: { causes?: { reason?: string }[] };
}

/** From a body of kind Status, or of any other text. */
export function errorFrom(code: number, body: string, retryAfter?: string): KubeError {
  const wait = Number(retryAfter);
  const seconds = Number.isFinite(wait) && wait > 0 ? wait : undefined;
  try {
    const { reason, message, details } = JSON.parse(body) as StatusBody;
    const causes = details?.causes?.flatMap((cause) => cause.reason ?? []) ?? [];
    return new KubeError(code, reason ?? `HTTP ${code}`, message ?? `the API server returned ${code}`, seconds, causes);
  } catch {
    return new KubeError(code, `HTTP ${code}`, `the API server returned ${code}: ${body.slice(0, 200)}`, seconds);
  }
}
