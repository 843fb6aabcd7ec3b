import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { bisect } from '../../src/base/bisect.ts';
import { storableTime } from '../../src/base/file-time.ts';

const members = fc.uniqueArray(fc.integer({ min: 0, max: 999 }), { maxLength: 200 });

test('every refused member is isolated, all others are processed once and in order', () =>
  fc.assert(
    fc.asyncProperty(members, fc.func(fc.boolean()), async (all, decide) => {
      const isBad = (member: number) => decide(member);
      const refused: number[] = [];
      const work = async (part: number[]) => {
        if (part.some(isBad)) throw new RangeError('refused');
        return part;
      };
      const done = await bisect(
        all,
        work,
        (error) => error instanceof RangeError,
        (member) => refused.push(member),
      );
      expect(done.flat()).toEqual(all.filter((member) => !isBad(member)));
      expect(refused).toEqual(all.filter(isBad));
    }),
  ));

test('one bad member among many costs few attempts, and errors other than refusals are thrown', async () => {
  let tries = 0;
  const all = Array.from({ length: 1000 }, (_, i) => i);
  const work = async (part: number[]) => {
    tries++;
    if (part.includes(500)) throw new RangeError();
  };
  await bisect(
    all,
    work,
    () => true,
    () => undefined,
  );
  expect(tries).toBeLessThan(25);
  const away = Object.assign(new Error('connection lost'), { code: 'ECONNRESET' });
  await expect(
    bisect(
      all,
      () => Promise.reject(away),
      () => false,
      () => undefined,
    ),
  ).rejects.toBe(away);
});

test('every time can be stored; those that fit into a row are unchanged', () =>
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }), (ns) => {
      const held = storableTime(ns);
      expect(BigInt.asIntN(64, held)).toBe(held);
      if (BigInt.asIntN(64, ns) === ns) expect(held).toBe(ns);
    }),
  ));
