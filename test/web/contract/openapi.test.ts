import { expect, test } from 'vitest';
import { openApiDocument } from '../../../src/web/contract/openapi.ts';

test('the described API equals the golden file: review every change to it', async () => {
  const text = `${JSON.stringify(openApiDocument('test'), null, 2)}\n`;
  await expect(text).toMatchFileSnapshot('openapi.golden.json');
});

test('every reference can be resolved', () => {
  const document = openApiDocument('test');
  const { schemas } = document.components as { schemas: Record<string, unknown> };
  const named = [...JSON.stringify(document).matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, id]) => id!);
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((id) => !(id in schemas))).toEqual([]);
});
