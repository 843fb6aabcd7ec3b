import pino from 'pino';
import { describe, expect, it } from 'vitest';
import type { SiteStatus } from '../../../src/api/status.ts';
import { forwardActions } from '../../../src/operator/network/actions.ts';
import type { Context } from '../../../src/operator/network/context.ts';
import type { SiteCredentials } from '../../../src/operator/network/site-credentials.ts';
import { plan } from '../../../src/topology/plan.ts';
import { resourcesOf } from '../../topology/sketch.ts';

const plans = plan(
  resourcesOf({ hubs: ['germany'], children: [{ name: 'brazil', hubs: ['germany'], up: 'unlimited' }], folders: [] }),
  { pods: true },
).sites;

/** What is forwarded when Site brazil has these annotations and this status. */
async function pass(annotations: Record<string, string>, status: SiteStatus = {}, refuses = '') {
  const forwarded: string[] = [];
  const context = {
    caches: {
      of: () => ({
        get: (_: string, name: string) => (name === 'brazil' ? { metadata: { annotations }, status } : undefined),
      }),
    },
    reports: {
      async perform({ site }: { site: string }, action: string) {
        if (action === refuses) throw new Error('its agent returned 503');
        forwarded.push(`${site} ${action}`);
      },
    },
    log: pino({ level: 'silent' }),
  } as unknown as Context;
  const credentials = new Map(plans.map(({ site }) => [site, {} as SiteCredentials]));
  const echoed = await forwardActions(context, 'default', plans, credentials, '');
  return { forwarded, echoed: echoed.get('brazil') };
}

describe('an annotation of a Site', () => {
  it('is forwarded with its token once, independently of others', async () => {
    expect(await pass({ 'sitesync.dev/approve-held': 'monday' })).toEqual({
      forwarded: ['brazil approve-held'],
      echoed: { approveHeld: 'monday' },
    });
    expect(await pass({ 'sitesync.dev/approve-held': 'monday' }, { approveHeld: 'monday' })).toEqual({
      forwarded: [],
      echoed: undefined,
    });
    expect(
      await pass(
        { 'sitesync.dev/approve-held': 'monday', 'sitesync.dev/rescan': '2' },
        { approveHeld: 'sunday', rescan: '2' },
      ),
    ).toEqual({ forwarded: ['brazil approve-held'], echoed: { approveHeld: 'monday' } });
  });

  it('that loses nothing goes first', async () => {
    const { forwarded } = await pass({ 'sitesync.dev/approve-held': 'a', 'sitesync.dev/reject-held': 'b' });
    expect(forwarded).toEqual(['brazil reject-held', 'brazil approve-held']);
  });

  it('that the site does not accept is retried, and delays no other', async () => {
    expect(
      await pass({ 'sitesync.dev/approve-held': 'a', 'sitesync.dev/reject-held': 'b' }, {}, 'reject-held'),
    ).toEqual({
      forwarded: ['brazil approve-held'],
      echoed: { approveHeld: 'a' },
    });
  });
});
