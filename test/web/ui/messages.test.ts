import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from 'vite';
import { describe, expect, it } from 'vitest';
import { PROBLEMS, type ProblemCode } from '../../../src/problems/catalogue.ts';
import { REFUSALS, type RefusalCode } from '../../../src/web/contract/refusals.ts';
import { languageFor, others } from '../../../src/web/ui/messages/catalogues.ts';
import { de } from '../../../src/web/ui/messages/de.ts';
import { en } from '../../../src/web/ui/messages/en.ts';
import { pluralsOf } from '../../../src/web/ui/messages/plural.ts';

const UI = 'src/web/ui';
const sources = (readdirSync(UI, { recursive: true }) as string[])
  .filter((name) => /\.tsx?$/.test(name) && !name.startsWith('messages/') && name !== 'vite.config.ts')
  .map((name) => ({ name, text: readFileSync(join(UI, name), 'utf8') }));

type Tree = { [key: string]: Tree | string | ((...all: never[]) => string) };
/** "browse.moveTitle/1": the key of every text, and the number of its arguments. */
function shape(tree: Tree, above = ''): string[] {
  return Object.entries(tree).flatMap(([key, value]) => {
    if (typeof value === 'function') return `${above}${key}/${value.length}`;
    return typeof value === 'string' ? `${above}${key}/0` : shape(value, `${above}${key}.`);
  });
}

describe('the catalogue of messages', () => {
  it('has the same texts in every language', () => {
    expect(shape(de)).toEqual(shape(en));
  });

  it('has in every other language a sentence for all that a site says, about the same', async () => {
    const holes = (text: string) => [...new Set([...text.matchAll(/\{(\w+)/g)].map(([, name]) => String(name)))].sort();
    const codes = (of: object) => Object.keys(of).sort();
    for (const load of others.values()) {
      const { site } = await load();
      expect(codes(site.refusals)).toEqual(codes(REFUSALS));
      for (const [code, [, text]] of Object.entries(REFUSALS))
        expect(holes(site.refusals[code as RefusalCode]), code).toEqual(holes(text));
      expect(codes(site.problems)).toEqual(codes(PROBLEMS));
      for (const [code, { reason, remedy }] of Object.entries(PROBLEMS)) {
        const said = site.problems[code as ProblemCode];
        // A sentence may name the site or not.
        const speaksOf = ({ reason, remedy }: { reason: string; remedy: string }) =>
          holes(reason + remedy).filter((name) => name !== 'site');
        expect(speaksOf(said), code).toEqual(speaksOf({ reason, remedy }));
        expect(said.remedy === '', code).toBe(remedy === '');
      }
    }
  });

  it('has no unused text', () => {
    const all = sources.map(({ text }) => text).join('\n');
    const unused = shape(en).filter((place) => {
      const [section, key] = place.replace(/\/\d$/, '').split('.');
      return !all.includes(`t.${section}${key === undefined ? '' : `.${key}`}`) && !all.includes(`t.${section}[`);
    });
    expect(unused).toEqual([]);
  });

  it("chooses the user's first available language", () => {
    expect(languageFor(['de-AT', 'en'])).toBe('de');
    expect(languageFor(['fr', 'de'])).toBe('de');
    expect(languageFor(['en-US', 'de'])).toBe('en');
    expect(languageFor(['toString', '__proto__'])).toBe('en');
    expect(languageFor([])).toBe('en');
  });

  it('uses the plural forms of the language', () => {
    const polish = pluralsOf('pl');
    const forms = { one: '# plik', few: '# pliki', many: '# plików', other: '# pliku' };
    expect([1, 3, 5, 22].map((count) => polish(count, forms))).toEqual(['1 plik', '3 pliki', '5 plików', '22 pliki']);
    expect([0, 1, 2].map(en.panel.missing)).toEqual([
      '0 offices do not have it yet.',
      'One office does not have it yet.',
      '2 offices do not have it yet.',
    ]);
    expect(de.browse.removed(1200)).toMatch(/^1.?200 Einträge gelöscht$/);
  });

  it('is the only source of visible text', () => {
    expect(sources.flatMap(({ name, text }) => sayings(name, text))).toEqual([]);
  });
});

interface Node {
  type: string;
  [key: string]: unknown;
}

/** Visible text outside of the catalogue: in elements, in attributes that are read out, and sentences anywhere. */
function sayings(name: string, source: string): string[] {
  const found: string[] = [];
  const add = (text: unknown, pattern: RegExp) => pattern.test(String(text)) && found.push(`${name}: ${String(text)}`);
  const visit = (node: Node, isRead: boolean): void => {
    if (node.type === 'ImportDeclaration' || node.type === 'TSTypeAliasDeclaration') return;
    if (node.type === 'CallExpression' && (node.callee as { object?: { name?: string } }).object?.name === 'console')
      return;
    if (node.type === 'JSXText') add(node.value, /\p{L}/u);
    if (node.type === 'JSXAttribute') {
      const attribute = (node.name as { name: string }).name;
      // Class names, and drawings.
      if (['class', 'd', 'transform', 'viewBox', 'style'].includes(attribute)) return;
      isRead = /^(aria-label|title|alt|placeholder|label|data-drop)$/.test(attribute);
    }
    if (node.type === 'BinaryExpression') isRead = false;
    if (node.type === 'Literal' && typeof node.value === 'string')
      add(node.value, isRead ? /\p{L}{2}/u : /\p{L}{2} \p{L}/u);
    if (node.type === 'TemplateElement')
      add((node.value as { raw: string }).raw, isRead ? /\p{L}{2}/u : /(^| )\p{L}{2,} |\p{L}{2} \p{L}/u);
    for (const value of Object.values(node))
      for (const child of Array.isArray(value) ? value : [value])
        if (child !== null && typeof child === 'object' && 'type' in child) visit(child as Node, isRead);
  };
  visit(parseSync(name, source).program as unknown as Node, false);
  return found;
}
