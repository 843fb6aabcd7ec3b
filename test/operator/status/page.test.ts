import { expect, test } from 'vitest';
import { type PageFacts, pageCondition } from '../../../src/operator/status/page.ts';

const host = 'files.brazil.example';
const address = { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } };
const parent = (name: string, status: string, type = 'Accepted') => ({
  parentRef: { name },
  conditions: [{ type, status, reason: 'InvalidKind', message: 'not so' }],
});

test.each<[string, Omit<PageFacts, 'host'>, string, string, RegExp]>([
  [
    'an Ingress with an address',
    { ingress: { className: 'a', status: address } },
    'True',
    'Exposed',
    /^https:\/\/files\.brazil\.example\/ through Ingress$/,
  ],
  [
    'one that nobody took',
    { ingress: { className: 'a', status: { loadBalancer: {} } } },
    'Unknown',
    'NoAddress',
    /for class a$/,
  ],
  [
    'one of the default class',
    { ingress: { className: undefined, status: undefined } },
    'Unknown',
    'NoAddress',
    /for the default class$/,
  ],
  [
    'no Gateway API',
    { httpRoute: { isKnown: false, gateways: ['g'], status: undefined } },
    'False',
    'NoGatewayApi',
    /Install the Gateway API, or remove spec\.page\.httpRoute$/,
  ],
  [
    'a route that nobody took',
    { httpRoute: { isKnown: true, gateways: ['g'], status: undefined } },
    'Unknown',
    'NotTaken',
    /^Gateway g has not/,
  ],
  [
    'one that one of two took',
    { httpRoute: { isKnown: true, gateways: ['g', 'h'], status: { parents: [parent('g', 'True')] } } },
    'Unknown',
    'NotTaken',
    /^Gateway h has not/,
  ],
  [
    'one that was refused',
    { httpRoute: { isKnown: true, gateways: ['g'], status: { parents: [parent('g', 'False', 'ResolvedRefs')] } } },
    'False',
    'InvalidKind',
    /^Gateway g rejected the HTTPRoute: not so$/,
  ],
  [
    'one that was taken, beside an Ingress',
    {
      ingress: { className: 'a', status: address },
      httpRoute: { isKnown: true, gateways: ['g'], status: { parents: [parent('g', 'True')] } },
    },
    'True',
    'Exposed',
    /through Ingress and HTTPRoute$/,
  ],
])('%s', (_, facts, status, reason, message) => {
  const found = pageCondition({ host, ...facts });
  expect(found).toMatchObject({ type: 'PageExposed', status, reason });
  expect(found.message).toMatch(message);
});
