/** Errors of a value that stand outside of SQL's class for them: a packet too large, text that is none, a value cut short. */
const OF_VALUES = new Set([1153, 1265, 1366]);

/**
 * Whether an error is about what was to be written, and would come again however often that is tried. All others are about the
 * database: it is away, full, busy.
 */
export function isRefusal(error: unknown): boolean {
  const { sqlState, errno } = error as { sqlState?: string; errno?: number };
  // SQL-92: class 22 is "data exception".
  return sqlState !== undefined && (sqlState.startsWith('22') || OF_VALUES.has(errno ?? 0));
}
