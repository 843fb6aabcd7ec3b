import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSharing } from '../../../src/operator/kube/sharing.ts';

const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

describe('sharing of equal parts', () => {
  it('does not change any value', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue({ maxDepth: 4 }), { maxLength: 12 }), (values) => {
        const share = createSharing();
        for (const value of [...values, ...values])
          expect(JSON.stringify(share(copy(value)))).toBe(JSON.stringify(copy(value)));
      }),
    );
  });

  it('keeps one of equal parts, within one object and across objects', () => {
    const share = createSharing();
    const pod = (name: string) => ({
      name,
      containers: [
        { env: [{ name: 'TZ', value: 'UTC' }], image: 'one' },
        { env: [{ name: 'TZ', value: 'UTC' }], image: 'two' },
      ],
    });
    const [a, b] = [share(pod('a')), share(pod('b'))];
    expect(a.containers).toBe(b.containers);
    expect(a.containers[0]!.env).toBe(a.containers[1]!.env);
    expect([a.name, b.name]).toEqual(['a', 'b']);
  });

  it('does not confuse keys and values', () => {
    const share = createSharing();
    const text = '{"__proto__":{"a":"1"},"toString":"2"}';
    expect(JSON.stringify(share(JSON.parse(text)))).toBe(text);
    expect(share({ a: '1' })).not.toEqual(share({ a: 1 }));
    expect(share([{}])).not.toEqual(share({ 0: {} }));
  });
});
