import { afterAll, beforeAll } from 'vitest';

/** Debian's "nobody". */
const NOBODY = 65_534;

/** The tests of this file act as an ordinary user from now on, also where they are run by root. */
export function asOrdinaryUser(): void {
  if (process.getuid?.() !== 0) return;
  const groups = process.getgroups!();
  beforeAll(() => {
    process.setgroups!([NOBODY]);
    process.setegid!(NOBODY);
    process.seteuid!(NOBODY);
  });
  afterAll(asRoot);
  function asRoot(): void {
    process.seteuid!(0);
    process.setegid!(0);
    process.setgroups!(groups);
  }
}
