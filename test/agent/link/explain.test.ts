import { expect, test } from 'vitest';
import { explain, explainRefusal } from '../../../src/agent/link/explain.ts';
import { problem } from '../../../src/problems/problem.ts';
import type { LinkPlan } from '../../../src/topology/site-plan.ts';

const link = { peer: 'germany', address: { host: 'hub.example', port: 2222 } } as LinkPlan;
const at = 'hub.example:2222';

test.each([
  ['Error: remote port forwarding failed for listen port 10873', 'linkPortNotGranted', { port: '10873' }],
  ['bind [127.0.0.1]:10873: Address already in use', 'linkPortInUse', { port: '10873' }],
  ['Certificate invalid: expired', 'linkCertificateExpired', {}],
  ['Host key verification failed.', 'linkImpostor', { at }],
  ['sitesync@hub.example: Permission denied (publickey).', 'linkRefused', {}],
  [
    'ssh: Could not resolve hostname hub.example: Name or service not known',
    'linkNameUnknown',
    { host: 'hub.example' },
  ],
  ['ssh: connect to host hub.example port 2222: Connection refused', 'linkNobodyListens', { at }],
  ['ssh: connect to host hub.example port 2222: Connection timed out', 'linkNoAnswer', { at }],
  ['ssh: connect to host hub.example port 2222: No route to host', 'linkNoRoute', { at }],
  ['Timeout, server hub.example not responding.', 'linkSilent', {}],
  ['Connection closed by 10.0.0.1 port 2222', 'linkClosed', { at }],
  ['ENOENT: spawn ssh ENOENT', 'linkNoSsh', {}],
])('what ssh says has a code, and is kept for experts: %s', (line, code, params) => {
  const found = explain([line], link);
  expect(found).toMatchObject({ code, params: { ...params, peer: 'germany', detail: `ssh: ${line}` } });
});

test('what ssh has never said before is told as it is', () => {
  expect(explain(['something new'], link)).toEqual(problem('linkDown', { peer: 'germany', why: 'something new' }));
  expect(explain([], link)).toEqual(problem('linkEnded', { peer: 'germany' }));
  expect(explainRefusal(link)).toEqual(problem('linkOlderPlan', { peer: 'germany' }));
});
