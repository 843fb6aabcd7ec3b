const OF_CONNECTIONS = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'PROTOCOL_CONNECTION_LOST']);

/** Whether an error came from the database or from connecting to it. */
export function isOfDatabase(error: unknown): error is Error {
  const { sqlState, code } = error as { sqlState?: string; code?: string };
  return error instanceof Error && (sqlState !== undefined || OF_CONNECTIONS.has(code ?? ''));
}
