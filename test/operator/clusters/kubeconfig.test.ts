import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { readKubeconfig } from '../../../src/operator/clusters/kubeconfig.ts';
import { tlsAuthority, tlsKeys } from '../../../src/operator/keys/tls.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

function kubeconfig(user: object, cluster: object = {}, context: object = {}): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'far',
    contexts: [
      { name: 'other', context: { cluster: 'other', user: 'other' } },
      { name: 'far', context: { cluster: 'far', user: 'me', ...context } },
    ],
    clusters: [{ name: 'far', cluster: { server: 'https://far.example:6443', ...cluster } }],
    users: [{ name: 'me', user }],
  });
}

describe('readKubeconfig', () => {
  it('accepts an address, an authority, and a token or certificate embedded in the text', async () => {
    const authority = await tlsAuthority({}, { network: 'test', phase: 'steady', days: 1, now: Date.now() });
    const { files } = await tlsKeys(authority, ['me'], {}, { days: 1, now: Date.now() });
    const [ca, cert, key] = [authority['tls.crt']!, files['tls.crt']!, files['tls.key']!];
    const cluster = { 'certificate-authority-data': base64(ca), 'tls-server-name': 'kubernetes' };
    expect(readKubeconfig(kubeconfig({ token: 'abc' }, cluster, { namespace: 'acme' }))).toEqual({
      server: 'https://far.example:6443',
      namespace: 'acme',
      ca,
      serverName: 'kubernetes',
      token: 'abc',
    });
    const user = { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) };
    expect(readKubeconfig(kubeconfig(user, { server: 'https://far.example/k8s/clusters/c-1/' }))).toEqual({
      server: 'https://far.example/k8s/clusters/c-1',
      cert,
      key,
    });
    const other = await tlsKeys(authority, ['other'], {}, { days: 1, now: Date.now() });
    expect(readKubeconfig(kubeconfig({ ...user, 'client-key-data': base64(other.files['tls.key']!) }))).toEqual({
      fault: expect.stringMatching(/do not match/),
    });
  });

  const token = { token: 'secret-token' };
  it.each<[string, string, RegExp]>([
    ['no YAML', 'a: b: c: secret-token', /^it is not a kubeconfig: it is not YAML$/],
    ['something else', '[1, 2]', /^it is not a kubeconfig: document/],
    ['a bomb of aliases', 'a: &a [x, x]\nb: &b [*a, *a]\ncurrent-context: far', /^it is not a kubeconfig/],
    ['too much', 'x'.repeat(300_000), /300000 characters/],
    [
      'a context that is missing',
      kubeconfig(token).replace('current-context: far', 'current-context: gone'),
      /no context "gone"/,
    ],
    [
      'a program',
      kubeconfig({ ...token, exec: { command: 'sh' } }),
      /^its exec would run a program in the operator's pod: use a token/,
    ],
    ['a plugin', kubeconfig({ 'auth-provider': { name: 'gcp' } }), /^its auth-provider would run code/],
    ['a file with a token', kubeconfig({ tokenFile: '/var/run/secrets/token' }), /^its tokenFile refers to a file/],
    ['a file with a key', kubeconfig({ 'client-key': '/etc/key' }), /^its client-key refers to a file .*--flatten/],
    [
      'a file with an authority',
      kubeconfig(token, { 'certificate-authority': '/etc/ca' }),
      /^its certificate-authority refers to a file/,
    ],
    [
      'anybody who answers',
      kubeconfig(token, { 'insecure-skip-tls-verify': true }),
      /^its insecure-skip-tls-verify would hand/,
    ],
    ['a proxy', kubeconfig(token, { 'proxy-url': 'http://proxy' }), /^its proxy-url is not supported/],
    ['a password', kubeconfig({ username: 'me', password: 'secret-token' }), /^its username is not supported/],
    ['somebody else', kubeconfig({ ...token, as: 'admin' }), /^its as is not supported/],
    ['nobody', kubeconfig({}), /has no credentials/],
    ['a key without a certificate', kubeconfig({ 'client-key-data': base64('x') }), /needs both/],
    [
      'no encryption',
      kubeconfig(token, { server: 'http://far.example' }),
      /^its server is not an address of the form https/,
    ],
    ['a token with a line of its own', kubeconfig({ token: 'a\r\nx: y' }), /^its token contains invalid characters/],
    [
      'an authority that is none',
      kubeconfig({ token: 'x' }, { 'certificate-authority-data': base64('-----BEGIN CERTIFICATE-----\nx') }),
      /not PEM/,
    ],
  ])('refuses %s, and never repeats what is secret', (_, text, why) => {
    const read = readKubeconfig(text);
    expect(read).toEqual({ fault: expect.stringMatching(why) });
    expect(JSON.stringify(read)).not.toContain('secret-token');
  });
});
