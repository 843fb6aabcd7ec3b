import { expect, test } from 'vitest';
import { foldName, foldText } from '../../../src/agent/queries/fold.ts';
import { bytePath } from '../../../src/base/bytes.ts';

test('case and accents do not count', () => {
  const same = [
    ['ZÜRICH', 'zurich'],
    ['übersicht', 'Übersicht'],
    ['Straße', 'STRASSE'],
    ['Malmø', 'MALMO'],
    ['Łódź', 'lodz'],
    ['Отчёт', 'ОТЧЕТ'],
    ['u\u0308ber', 'über'],
    ['İstanbul', 'istanbul'],
    ['ﬁnal', 'final'],
  ];
  for (const [a, b] of same) expect(foldText(a!), a).toBe(foldText(b!));
  expect(foldText('が')).not.toBe(foldText('か'));
});

test('bytes that are no text keep their own', () => {
  expect(foldName('A\xffB')).toBe('a\xffb');
  expect(foldName(bytePath('ÄB'))).toBe('ab');
  expect(foldName('.TXT\0')).toBe('.txt\0');
});
