import { describe, expect, it } from 'vitest';
import {
  aheadOf,
  allowedOf,
  forgedDomains,
  judgeForged,
  laterOf,
  numberIn,
  setBack,
} from '../../src/database/mariadb-gtid.ts';

describe('positions', () => {
  const received = '1-1-10,2-2-7,3-3-90';
  const logged = '1-1-10,2-2-7,3-3-8';

  it('are forged where more was received than logged', () => {
    expect(forgedDomains(received, logged)).toEqual(new Map([['3', '3-3-90']]));
    expect(forgedDomains(logged, received)).toEqual(new Map());
    expect(forgedDomains('4-4-1', logged)).toEqual(new Map([['4', '4-4-1']]));
  });

  it('are reset to what was logged; a domain that was never logged is dropped', () => {
    expect(setBack(received, logged, ['3'])).toBe('1-1-10,2-2-7,3-3-8');
    expect(setBack('1-1-10,4-4-1', logged, ['4'])).toBe('1-1-10');
    expect(setBack(received, logged, [])).toBe(received);
  });

  describe('of a forged entry', () => {
    const forged = forgedDomains(received, logged);
    const child = (peer: string, own: string, read: string) => ({ peer, own, read });

    it('blame the child that read it, if nobody who may deliver it has reached it', () => {
      const channels = [child('two', '2', '2-2-7,3-3-90'), child('three', '3', '3-3-8'), child('hub', '', '3-3-7')];
      expect(judgeForged(channels, forged)).toEqual({ liars: new Map([['3', ['two']]]), doubtful: ['3'] });
      expect(judgeForged(channels.slice(0, 1), forged).liars.get('3')).toEqual(['two']);
    });

    it('blame nobody for where its channel began: the site itself, or a hub, has said it', () => {
      const began = child('two', '2', '2-2-7,3-3-90');
      for (const source of [child('three', '3', '3-3-97'), child('three', '3', '3-3-90'), child('hub', '', '3-3-91')])
        expect(judgeForged([began, source], forged)).toEqual({ liars: new Map(), doubtful: ['3'] });
    });

    it('do not doubt what only its own child has read', () => {
      const channels = [child('three', '3', '3-3-90'), child('two', '2', '2-2-7')];
      expect(judgeForged(channels, forged)).toEqual({ liars: new Map(), doubtful: [] });
    });

    it('doubt what nobody has read', () => {
      expect(judgeForged([], forged)).toEqual({ liars: new Map(), doubtful: ['3'] });
    });
  });

  it('merge by domain, except the own one', () => {
    const theirs = '1-1-8,2-2-12,7-7-2';
    expect(laterOf('1-1-5,2-2-9', allowedOf(theirs, { except: 2 }))).toBe('1-1-8,2-2-9,7-7-2');
    expect(laterOf('1-1-9', '1-1-8')).toBe('1-1-9');
    // A child may only write its own.
    expect(allowedOf(theirs, { only: 7 })).toBe('7-7-2');
  });

  it('are ahead in the domains where they have more, each up to its last transaction', () => {
    expect(aheadOf('1-1-8,2-2-3,7-9-2', '1-1-5,2-2-3')).toEqual([
      { domain: 1, server: 1, number: 8 },
      { domain: 7, server: 9, number: 2 },
    ]);
  });

  it('have a number for each domain', () => {
    expect(numberIn('1-1-5, 2-2-9', 2)).toBe(9);
    expect(numberIn('', 2)).toBe(0);
  });
});
