import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Pool, PoolConnection } from 'mysql2/promise';
import { LOCAL_SCHEMA, ownSchemasSql, siteSchema, siteSchemasSql } from '../../../src/database/schema.ts';
import type { Gate } from '../gate.ts';
import { translate, translateTable } from './dialect.ts';

/** Committed changes of a site's own schema: what replication carries. */
type Transaction = { sql: string; values: readonly unknown[] }[];

interface Prepared {
  statement: StatementSync;
  isQuery: boolean;
  columns: { name: string; read: (value: unknown) => unknown }[];
}

const WRITES = /^\s*(INSERT|REPLACE|UPDATE|DELETE)/i;
/** Prepared statements that are kept: lists have many lengths. */
const PREPARED = 3000;

/**
 * One site's database in memory: runs the agent's own statements by SQLite. It outlives the agent, which connects by {@link connect}.
 * Transactions exclude each other; what one has not committed yet, other connections may read.
 */
export class MemoryDatabase {
  /** Nobody can connect. */
  isAway = false;
  readonly log: Transaction[] = [];
  /** How many transactions of each origin are applied here. */
  readonly applied = new Map<string, number>();
  readonly #db = new DatabaseSync(':memory:');
  readonly #own: string;
  readonly #prepared = new Map<string, Prepared>();
  #changes = 0;
  #open: { pending: Transaction } | undefined;
  #waiting: (() => void)[] = [];

  constructor(site: string, sites: readonly string[]) {
    this.#own = `${siteSchema(site)}.`;
    const others = siteSchemasSql(sites.filter((name) => name !== site)).split(';\n');
    let at = '';
    for (const sql of [...ownSchemasSql(site), ...others].filter((line) => line.trim() !== '')) {
      const [, made] = /^CREATE DATABASE IF NOT EXISTS (\S+)/.exec(sql) ?? [];
      const [, used] = /^USE (\S+)/.exec(sql) ?? [];
      if (made) this.#db.exec(`ATTACH ':memory:' AS ${made}`);
      else if (used) at = used;
      else for (const line of translateTable(sql, at)) this.#db.exec(line);
    }
    this.#db.exec(
      "ATTACH ':memory:' AS information_schema; CREATE TABLE information_schema.schemata (schema_name WORD)",
    );
    for (const name of [LOCAL_SCHEMA, ...sites.map(siteSchema)])
      this.#run('INSERT INTO information_schema.schemata (schema_name) VALUES (?)', [name]);
  }

  /** Changes whenever rows of any site have: what an engine's replication position stands for. */
  position = () => String(this.#changes);

  /** As an administrator. */
  ask(sql: string, values: readonly unknown[] = []): Record<string, unknown>[] {
    return this.#run(sql, values)[0] as Record<string, unknown>[];
  }

  /** Applies the next transaction of another site, if none is open here. */
  apply(origin: string, transaction: Transaction): boolean {
    if (this.#open || this.isAway) return false;
    this.#db.exec('BEGIN');
    for (const { sql, values } of transaction) this.#run(sql, values);
    this.#db.exec('COMMIT');
    this.applied.set(origin, (this.applied.get(origin) ?? 0) + 1);
    this.#changes++;
    return true;
  }

  /** The agent is gone: what it had not committed is rolled back. */
  crash(): void {
    if (this.#open) this.#db.exec('ROLLBACK');
    this.#open = undefined;
    this.#waiting = [];
  }

  /** What an agent has in the place of a pool of connections. */
  connect(gate: Pick<Gate, 'pass' | 'check'>, isLogged = true): Pool {
    const query = async (sql: string, values?: readonly unknown[]) => {
      await gate.pass(`query ${sql.slice(0, 60)}`);
      this.#refuse();
      const isWrite = WRITES.test(sql);
      if (isWrite) await this.#free(gate);
      const result = this.#run(sql, values);
      if (isWrite && isLogged) this.#logged(sql, values);
      return result;
    };
    const getConnection = async () => this.#connection(gate, query);
    return { query, getConnection, end: async () => undefined } as unknown as Pool;
  }

  #connection(
    gate: Pick<Gate, 'pass' | 'check'>,
    outside: (sql: string, values?: readonly unknown[]) => Promise<unknown>,
  ): PoolConnection {
    let mine: { pending: Transaction } | undefined;
    const end = (how: 'COMMIT' | 'ROLLBACK') => {
      if (!mine || this.#open !== mine) return;
      this.#db.exec(how);
      if (how === 'COMMIT' && mine.pending.length > 0) this.#publish(mine.pending);
      this.#open = undefined;
      mine = undefined;
      this.#waiting.shift()?.();
    };
    const query = async (sql: string, values?: readonly unknown[]) => {
      if (!mine) return outside(sql, values);
      await gate.pass(`tx ${sql.slice(0, 60)}`);
      this.#refuse();
      const result = this.#run(sql, values);
      if (WRITES.test(sql) && sql.includes(this.#own)) mine.pending.push({ sql, values: values ?? [] });
      return result;
    };
    return {
      query,
      beginTransaction: async () => {
        await gate.pass('begin');
        this.#refuse();
        await this.#free(gate);
        this.#db.exec('BEGIN');
        mine = { pending: [] };
        this.#open = mine;
      },
      commit: async () => {
        await gate.pass('commit');
        this.#refuse();
        end('COMMIT');
        await gate.pass('committed');
      },
      rollback: async () => end('ROLLBACK'),
      release: () => undefined,
      destroy: () => end('ROLLBACK'),
    } as unknown as PoolConnection;
  }

  #refuse(): void {
    if (this.isAway) throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  }

  async #free(gate: Pick<Gate, 'check'>): Promise<void> {
    while (this.#open) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    gate.check('write');
    // The next in the queue has its turn when this one, which does not wait for anything, is over.
    const next = this.#waiting.shift();
    if (next) queueMicrotask(next);
  }

  #logged(sql: string, values: readonly unknown[] = []): void {
    if (sql.includes(this.#own)) this.#publish([{ sql, values }]);
  }

  #publish(transaction: Transaction): void {
    this.log.push(transaction);
    this.#changes++;
  }

  #run(sql: string, given?: readonly unknown[]): [unknown, undefined] {
    if (sql.startsWith('SET SESSION')) return [{ affectedRows: 0 }, undefined];
    const { sql: text, values } = translate(sql, given);
    const { statement, isQuery, columns } = this.#prepare(text);
    try {
      if (!isQuery) return [{ affectedRows: Number(statement.run(...values).changes) }, undefined];
      const rows = statement.all(...values) as unknown as unknown[][];
      return [
        rows.map((row) => Object.fromEntries(columns.map(({ name, read }, i) => [name, read(row[i])]))),
        undefined,
      ];
    } catch (error) {
      throw asOfMysql(error as Error, text);
    }
  }

  #prepare(text: string): Prepared {
    const known = this.#prepared.get(text);
    if (known) return known;
    if (this.#prepared.size > PREPARED) this.#prepared.clear();
    let statement: StatementSync;
    try {
      statement = this.#db.prepare(text);
    } catch (error) {
      throw new Error(`${(error as Error).message} in: ${text}`, { cause: error });
    }
    statement.setReadBigInts(true);
    statement.setReturnArrays(true);
    const columns = statement.columns().map(({ name, type }) => ({ name, read: readerOf(type) }));
    const prepared = { statement, isQuery: columns.length > 0, columns };
    this.#prepared.set(text, prepared);
    return prepared;
  }
}

/** Values as mysql2 gives them: big numbers as text, names as bytes, words as text. */
function readerOf(type: string | null): (value: unknown) => unknown {
  const isText = type === null || type.startsWith('WORD');
  return (value) => {
    if (typeof value === 'bigint') {
      const number = Number(value);
      return Number.isSafeInteger(number) ? number : String(value);
    }
    if (!(value instanceof Uint8Array)) return value;
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    return isText ? bytes.toString('latin1') : bytes;
  };
}

function asOfMysql(error: Error, sql: string): Error {
  const isDuplicate = /UNIQUE constraint failed/.test(error.message);
  return Object.assign(new Error(`${error.message} in: ${sql.slice(0, 300)}`), {
    sqlState: isDuplicate ? '23000' : 'HY000',
    errno: isDuplicate ? 1062 : 1105,
    code: isDuplicate ? 'ER_DUP_ENTRY' : 'ER_UNKNOWN_ERROR',
  });
}
