import { expect, test } from 'vitest';
import { completeSecrets } from '../../src/topology/secrets.ts';
import type { SitePlan } from '../../src/topology/site-plan.ts';

/** The part of a plan that secrets depend on: who is linked with whom. */
function plans(links: Record<string, string[]>): SitePlan[] {
  return Object.entries(links).map(([site, peers]) => ({ site, links: peers.map((peer) => ({ peer })) }) as SitePlan);
}

let count = 0;
const make = () => `secret${count++}`;

test('what one end of a link accepts is what the other end uses, and no secret is used twice', () => {
  const all = completeSecrets(
    plans({ brazil: ['germany'], germany: ['brazil', 'spain'], spain: ['germany'] }),
    new Map(),
    { make },
  );
  const [brazil, germany] = [all.get('brazil')!, all.get('germany')!];
  expect(brazil.outbound.germany).toEqual(germany.inbound.brazil);
  expect(germany.outbound.brazil).toEqual(brazil.inbound.germany);
  const made = [...all.values()].flatMap((s) => [
    s.agentPassword,
    s.apiToken,
    ...Object.values(s.inbound).flatMap(Object.values),
  ]);
  expect(new Set(made).size).toBe(made.length);
});

test('secrets are kept; only a new link adds some and only a removed link drops its own', () => {
  const before = completeSecrets(plans({ brazil: ['germany'], germany: ['brazil'] }), new Map(), { make });
  const grown = completeSecrets(
    plans({ brazil: ['germany'], germany: ['brazil', 'spain'], spain: ['germany'] }),
    before,
    { make },
  );
  expect(grown.get('brazil')).toEqual(before.get('brazil'));
  expect(grown.get('germany')!.inbound.brazil).toEqual(before.get('germany')!.inbound.brazil);
  const shrunk = completeSecrets(plans({ brazil: ['germany'], germany: ['brazil'] }), grown, { make });
  expect(shrunk).toEqual(before);
});
