import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ModeRule, modeToJournal, modeToSet, travelling } from '../../../src/agent/fs/modes.ts';

const mode = fc.integer({ min: 0, max: 0o777 });
const rule = fc.constantFrom<ModeRule>('full', 'executable', 'none');
const kind = fc.constantFrom('file' as const, 'dir' as const);
const file = { kind: 'file' as const, hasAcl: false, directory: 0o755 };

describe('a mode on a disk', () => {
  it('is not journaled anew where nobody changed it', () => {
    fc.assert(
      fc.property(rule, kind, mode, mode, (how, what, version, directory) => {
        const here = modeToSet(how, { kind: what, version, hasAcl: true, directory });
        expect(modeToJournal(how, what, here, { here, version })).toBe(
          how === 'executable' && what === 'file' ? modeToJournal(how, what, version, { here, version }) : version,
        );
      }),
    );
  });

  it('passes on the class that was changed, and only that', () => {
    expect(modeToJournal('full', 'file', 0o660, { here: 0o664, version: 0o644 })).toBe(0o640);
    expect(modeToJournal('full', 'file', 0o764, { here: 0o664, version: 0o644 })).toBe(0o744);
    expect(modeToJournal('full', 'file', 0o644)).toBe(0o644);
  });

  it('passes on what the folder says', () => {
    expect(modeToJournal('executable', 'file', 0o700)).toBe(0o755);
    expect(modeToJournal('executable', 'file', 0o660, { here: 0o770, version: 0o755 })).toBe(0o644);
    expect(modeToJournal('none', 'file', 0o700)).toBe(0o644);
    expect(modeToJournal('none', 'file', 0o700, { here: 0o644, version: 0o640 })).toBe(0o640);
    expect(travelling('executable', 'file', 0o640)).toBe(travelling('executable', 'file', 0o664));
    expect(travelling('none', 'file', 0o777)).toBe(travelling('none', 'file', 0o600));
  });
});

describe('what arrives', () => {
  it('without a version before it has the mode of the version', () => {
    fc.assert(fc.property(mode, (version) => modeToSet('full', { ...file, version }) === version));
  });

  it('keeps a class that nobody changed as it is at this office', () => {
    fc.assert(
      fc.property(
        mode,
        mode,
        fc.boolean(),
        (here, version, hasAcl) => modeToSet('full', { ...file, hasAcl, version, before: { here, version } }) === here,
      ),
    );
    expect(modeToSet('full', { ...file, version: 0o755, before: { here: 0o660, version: 0o655 } })).toBe(0o760);
  });

  it('lets the groups of an ACL do what the owner may, but nobody into what is private', () => {
    const underAcl = (version: number) => modeToSet('full', { ...file, hasAcl: true, version });
    expect([0o644, 0o444, 0o755, 0o640].map(underAcl)).toEqual([0o664, 0o444, 0o775, 0o660]);
    expect([0o600, 0o700].map(underAcl)).toEqual([0o600, 0o700]);
  });

  it('is as its directory where modes do not travel', () => {
    const saved = (how: ModeRule, version: number) => modeToSet(how, { ...file, directory: 0o2770, version });
    expect([saved('none', 0o755), saved('executable', 0o755), saved('executable', 0o604)]).toEqual([
      0o660, 0o770, 0o660,
    ]);
    expect(modeToSet('none', { kind: 'dir', version: 0o700, hasAcl: false, directory: 0o2775 })).toBe(0o775);
  });
});
