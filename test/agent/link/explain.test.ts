import pino from 'pino';
import { expect, test, vi } from 'vitest';
import { connect } from '../../../src/agent/link/connection.ts';
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
])('what ssh says has a code, and is kept for experts: %s', (line, code, params) => {
  const found = explain([line], link);
  expect(found).toMatchObject({ code, params: { ...params, peer: 'germany', detail: `ssh: ${line}` } });
});

test('a missing program is recognised by its code, not by what is printed', async () => {
  const run = connect(
    ['no-such-program'],
    { ...link, forwards: { local: [], remote: [] } },
    pino({ level: 'silent' }),
    () => undefined,
  );
  await vi.waitUntil(() => run.state() === 'ended', { timeout: 10_000 });
  expect(run.problem()).toMatchObject({ code: 'linkNoSsh', params: { peer: 'germany' } });
});

test('what ssh has never said before is told as it is', () => {
  expect(explain(['something new'], link)).toEqual(problem('linkDown', { peer: 'germany', why: 'something new' }));
  expect(explain([], link)).toEqual(problem('linkEnded', { peer: 'germany' }));
  expect(explainRefusal(link)).toEqual(problem('linkOlderPlan', { peer: 'germany' }));
});
