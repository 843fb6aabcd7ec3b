import { describe, expect, it } from 'vitest';
import { type Mark, type Paired, pairingOf } from '../../../src/agent/apply/pairing.ts';

const database: Paired = { count: 7, token: 'seven', next: 'seven', file: '12/99', ended: false };
/** While the mark is replaced. */
const between: Paired = { ...database, next: 'eight' };
const mark = (count: number, token: string): Mark => ({ count, token });

describe('pairing of a tree with a database', () => {
  it.each([
    ['are new to each other', undefined, undefined, '', 'paired'],
    ['have the same mark', database, mark(7, 'seven'), '12/99', 'paired'],
    ['were left by a kill before the mark was replaced', between, mark(7, 'seven'), '12/99', 'paired'],
    ['were left by a kill between the two', between, mark(8, 'eight'), '12/100', 'paired'],
    ['were copied together after an end in order', { ...database, ended: true }, mark(7, 'seven'), '44/5', 'paired'],
    ['are of one run, but the tree is a copy', database, mark(7, 'seven'), '44/5', 'treeOlder'],
    ['have an older tree', database, mark(6, 'six'), '12/99', 'treeOlder'],
    ['have a tree from before there were marks', database, undefined, '', 'treeOlder'],
    ['went on from one copy each by itself', database, mark(7, 'other'), '12/99', 'treeOlder'],
    ['have an older database', database, mark(9, 'nine'), '12/101', 'databaseOlder'],
    ['have a new database', undefined, mark(1, 'one'), '12/99', 'databaseOlder'],
  ] as const)('%s', (_, known, tree, file, expected) => {
    expect(pairingOf(known, tree, file)).toBe(expected);
  });
});
