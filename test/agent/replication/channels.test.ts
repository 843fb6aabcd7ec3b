import { describe, expect, it } from 'vitest';
import { decideChannels, wantedChannels } from '../../../src/agent/replication/channels.ts';
import type { SiteSecrets } from '../../../src/base/site-dir.ts';
import type { ChannelSpec, ChannelState } from '../../../src/database/engine.ts';
import { plan } from '../../../src/topology/plan.ts';
import { resourcesOf } from '../../topology/sketch.ts';

const network = plan(
  resourcesOf({
    hubs: ['australia', 'germany'],
    children: [{ name: 'brazil', hubs: ['germany', 'australia'], up: 'unlimited' }],
    folders: [],
  }),
).sites;
const of = (name: string) => network.find(({ site }) => site === name)!;
const secrets = { agentPassword: '', apiToken: '', inbound: {}, outbound: {} } satisfies SiteSecrets;

describe('the channels of a site', () => {
  it("let a child write its own schema only, and a hub all but the receiver's", () => {
    const [fromBrazil, fromAustralia] = ['brazil', 'australia'].map((peer) =>
      wantedChannels(of('germany'), secrets, undefined).find((spec) => spec.peer === peer),
    );
    expect(fromBrazil).toMatchObject({ speaksFor: ['brazil'], domains: { only: of('brazil').id } });
    expect(fromAustralia).toMatchObject({
      speaksFor: ['australia', 'brazil'],
      domains: { except: of('germany').id },
    });
  });

  it('follow the link of a child: one, to the hub it is connected to', () => {
    expect(wantedChannels(of('brazil'), secrets, 'australia').map(({ peer }) => peer)).toEqual(['australia']);
    expect(wantedChannels(of('brazil'), secrets, undefined)).toEqual([]);
  });
});

describe('a channel', () => {
  const wanted = [{ peer: 'germany', domains: { except: 1 } } as ChannelSpec];
  const now = 1000;
  const action = (
    state: ChannelState['state'] | undefined,
    { retryAt, failures = 1, role = 'hub' }: { retryAt?: number; failures?: number; role?: 'hub' | 'child' } = {},
  ) =>
    decideChannels(
      wanted,
      state ? [{ peer: 'germany', state }] : [],
      new Map(retryAt === undefined ? [] : [['germany', { failures, retryAt }]]),
      now,
      role,
    ).get('germany');

  it.each([
    ['is opened when there is none', undefined, {}, 'open'],
    ['is left alone while it runs', 'running', {}, 'wait'],
    ['is left alone while it connects', 'connecting', {}, 'wait'],
    ['is started when it was stopped', 'stopped', {}, 'restart'],
    ['is tried again when it failed', 'failed', {}, 'restart'],
    ['waits for its next try', 'failed', { retryAt: 1001 }, 'wait'],
    ['is tried when that is due', 'failed', { retryAt: 1000 }, 'restart'],
    [
      'is gone on with by a copy when starting it again does not help',
      'failed',
      { retryAt: 1000, failures: 2 },
      'copy',
    ],
    ['of a hub is tried again when rows are gone: another hub may bring them', 'purged', { retryAt: 1000 }, 'restart'],
    ['of a hub is gone on with by a copy when none does', 'purged', { retryAt: 1000, failures: 2 }, 'copy'],
    ['of a child is gone on with by a copy at once', 'purged', { role: 'child' }, 'copy'],
    ['is gone on with by a copy when the neighbour says that it has copied', 'copied', {}, 'copy'],
    ['waits for its next copy', 'copied', { retryAt: 1001 }, 'wait'],
  ] as const)('%s', (_, state, how, expected) => {
    expect(action(state, how)).toBe(expected);
  });

  it('from a child continues with a copy at once', () => {
    const fromChild = [{ peer: 'brazil', domains: { only: 2 } } as ChannelSpec];
    const actions = decideChannels(fromChild, [{ peer: 'brazil', state: 'purged' }], new Map(), now, 'hub');
    expect(actions.get('brazil')).toBe('copy');
  });

  it('to another hub opens after the previous one is closed', () => {
    const actions = decideChannels(wanted, [{ peer: 'spain', state: 'running' }], new Map(), now, 'child');
    expect([...actions]).toEqual([
      ['spain', 'close'],
      ['germany', 'open'],
    ]);
  });

  it('that is not wanted is closed', () => {
    expect(decideChannels([], [{ peer: 'spain', state: 'running' }], new Map(), now, 'child')).toEqual(
      new Map([['spain', 'close']]),
    );
  });
});
