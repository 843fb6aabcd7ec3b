/** Errors about a value outside of SQL's class for them: packet too large, invalid text, truncated value. */
const OF_VALUES = new Set([1153, 1265, 1366]);

/**
 * Whether an error is about the value being written, so that it recurs however often it is retried. All others are about
 * the database: unreachable, full, busy.
 */
export function isRefusal(error: unknown): boolean {
  const { sqlState, errno } = error as { sqlState?: string; errno?: number };
  // SQL-92: class 22 is "data exception".
  return sqlState !== undefined && (sqlState.startsWith('22') || OF_VALUES.has(errno ?? 0));
}
