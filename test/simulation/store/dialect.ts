import type { SQLInputValue } from 'node:sqlite';

/** A statement of the agent, in SQLite's words, and its values. */
interface Statement {
  sql: string;
  values: SQLInputValue[];
}

/** Statements that SQLite says so differently that each has its own translation. */
const WHOLE: [RegExp, string][] = [
  [
    /^\s*UPDATE local\.pending p JOIN local\.head h .* SET p\.next_try = 0 WHERE h\.folder = \? AND p\.error LIKE \?/s,
    'UPDATE local.pending SET next_try = 0 WHERE EXISTS (SELECT 1 FROM local.head h WHERE h.dir_key = pending.dir_key AND h.path_key = pending.path_key AND h.folder = ?) AND error LIKE ?',
  ],
  [/LIKE 'site\\_%'/, "LIKE 'site%'"],
];

const WORDS: [RegExp, string][] = [
  // SQLite reads the tables in this order then: without statistics it would begin with the large one.
  [/\blocal\.pending p\s+JOIN\b/g, 'local.pending p CROSS JOIN'],
  [/\bINSERT IGNORE INTO\b/g, 'INSERT OR IGNORE INTO'],
  [/\bON DUPLICATE KEY UPDATE\b/g, 'ON CONFLICT DO UPDATE SET'],
  [/([^\w])VALUES\((\w+)\)/g, '$1excluded.$2'],
];

/** A statement's text between its placeholders. */
const parsed = new Map<string, string[]>();

/** Pure: puts the values into a statement as mysql2 does, lists and rows into their places, and says it in SQLite's words. */
export function translate(sql: string, given: readonly unknown[] = []): Statement {
  const parts = parsed.get(sql) ?? parse(sql);
  parsed.set(sql, parts);
  const values: SQLInputValue[] = [];
  let text = parts[0]!;
  for (let i = 1; i < parts.length; i++) {
    const value = given[i - 1];
    if (isObject(value)) text = fieldsOf(text, value, values);
    else text += placeholder(value, values, text.endsWith('IN ('));
    text += parts[i]!;
  }
  return { sql: text, values };
}

function parse(sql: string): string[] {
  let text = sql;
  for (const [pattern, whole] of WHOLE) text = text.replace(pattern, () => whole);
  for (const [pattern, words] of WORDS) text = text.replace(pattern, words);
  // All text is bytes here, so that it compares as bytes.
  const pieces = text.split(/('(?:[^'\\]|\\.)*')/);
  const bytes = pieces.map((piece, i) =>
    i % 2 ? `x'${Buffer.from(piece.slice(1, -1), 'latin1').toString('hex')}'` : piece,
  );
  return bytes.join('').split('?');
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);

/** `SET ?`. */
function fieldsOf(text: string, fields: Record<string, unknown>, values: SQLInputValue[]): string {
  const names = Object.keys(fields);
  values.push(...Object.values(fields).map(bound));
  if (!/^\s*REPLACE/.test(text)) return text + names.map((name) => `${name} = ?`).join(', ');
  return `${text.replace(/ SET $/, '')} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`;
}

function placeholder(value: unknown, values: SQLInputValue[], isList: boolean): string {
  if (!Array.isArray(value)) {
    values.push(bound(value));
    return '?';
  }
  if (!Array.isArray(value[0])) {
    const list = isList ? padded(value) : value;
    for (const one of list) values.push(bound(one));
    return '?, '.repeat(list.length).slice(0, -2);
  }
  const row = `(${'?, '.repeat(value[0].length).slice(0, -2)})`;
  const rows = isList ? padded(value) : value;
  for (const one of rows.flat()) values.push(bound(one));
  return `${isList ? 'VALUES ' : ''}${`${row}, `.repeat(rows.length).slice(0, -2)}`;
}

/** Its last member again until it has one of few lengths, for which there is a prepared statement. */
function padded<T>(list: T[]): T[] {
  const length = 2 ** Math.ceil(Math.log2(list.length));
  return [...list, ...Array.from({ length: length - list.length }, () => list.at(-1)!)];
}

/** Text is bytes; only numbers of 64 bits come as text of digits. */
function bound(value: unknown): SQLInputValue {
  if (value === null || value === undefined) return null;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value !== 'string') return value as SQLInputValue;
  return /^-?\d{1,20}$/.test(value) ? BigInt(value) : Buffer.from(value, 'latin1');
}

/** Statements that make a schema, in SQLite's words; `at` is the schema they are for. Pure. */
export function translateTable(sql: string, at: string): string[] {
  const table = /CREATE TABLE IF NOT EXISTS (\S+)/.exec(sql)![1]!.replaceAll('`', '');
  const indexes: string[] = [];
  const text = sql
    .replace(/,\s*KEY (\w+) \(([^)]*)\)/g, (_all, name, columns) => {
      indexes.push(`CREATE INDEX ${at}.${table}_${name} ON \`${table}\` (${columns})`);
      return '';
    })
    .replace(/CREATE TABLE IF NOT EXISTS \S+/, `CREATE TABLE ${at}.\`${table}\``)
    .replace(/ENUM\([^)]*\)/g, 'WORD')
    .replace(/VARCHAR\(\d+\)( CHARACTER SET ascii COLLATE ascii_bin)?/g, 'WORD')
    .replace(/BIGINT UNSIGNED NOT NULL PRIMARY KEY( AUTO_INCREMENT)?/g, 'INTEGER NOT NULL PRIMARY KEY')
    .replace(/ UNSIGNED/g, '');
  return [text, ...indexes];
}
