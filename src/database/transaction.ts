import type { Connection, Pool } from 'mysql2/promise';

/** Runs `work` in one transaction: all of it is committed, or nothing. */
export async function transaction<T>(pool: Pool, work: (tx: Connection) => Promise<T>): Promise<T> {
  const connection = await pool.getConnection();
  try {
    await connection.beginTransaction();
    const result = await work(connection);
    await connection.commit();
    connection.release();
    return result;
  } catch (error) {
    // The connection may be broken: closing it rolls back in any state.
    connection.destroy();
    throw error;
  }
}
