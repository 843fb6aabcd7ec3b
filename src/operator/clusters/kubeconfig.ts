import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { parse } from 'yaml';
import { z } from 'zod';

/** The current context of a kubeconfig, self-contained: nothing in it has to be looked up or run. */
export interface Access {
  server: string;
  /** Of the context. */
  namespace?: string;
  /** PEM; absent: the authorities that the operator's image trusts. */
  ca?: string;
  serverName?: string;
  token?: string;
  cert?: string;
  key?: string;
}

const LONGEST = 200_000;
const Text = z.string().min(1);
const Named = <T extends z.ZodType>(field: string, of: T) => z.array(z.object({ name: Text, [field]: of }));
const Kubeconfig = z.object({
  'current-context': Text,
  contexts: Named('context', z.object({ cluster: Text, user: Text, namespace: Text.optional() })),
  clusters: Named('cluster', z.record(z.string(), z.unknown())),
  users: Named('user', z.record(z.string(), z.unknown())),
});

/** Fields that a cluster or a user must not have, and what to do instead. */
const FLATTEN = 'embed the content instead, with kubectl config view --raw --flatten';
const TOKEN = 'use a token, for example of a ServiceAccount';
const REFUSED: Record<string, string> = {
  exec: `would run a program in the operator's pod: ${TOKEN}`,
  'auth-provider': `would run code in the operator's pod: ${TOKEN}`,
  tokenFile: `refers to a file in the operator's pod: ${TOKEN}`,
  'certificate-authority': `refers to a file in the operator's pod: ${FLATTEN}`,
  'client-certificate': `refers to a file in the operator's pod: ${FLATTEN}`,
  'client-key': `refers to a file in the operator's pod: ${FLATTEN}`,
  'insecure-skip-tls-verify': "would hand the network's keys to any server: use certificate-authority-data",
  'proxy-url': 'is not supported: use an address that the operator can reach directly',
  username: `is not supported by API servers: ${TOKEN}`,
  password: `is not supported by API servers: ${TOKEN}`,
  as: 'is not supported: use the credentials of that user',
  'as-uid': 'is not supported: use the credentials of that user',
  'as-groups': 'is not supported: use the credentials of that user',
  'as-user-extra': 'is not supported: use the credentials of that user',
};

/** Access to a cluster, or what is wrong with the text and how to fix it. The text is not trusted. Pure. */
export function readKubeconfig(text: string): Access | { fault: string } {
  try {
    return accessIn(text);
  } catch (error) {
    return { fault: (error as Error).message };
  }
}

function accessIn(text: string): Access {
  if (text.length > LONGEST) throw new Error(`it has ${text.length} characters, the maximum is ${LONGEST}`);
  const parsed = Kubeconfig.safeParse(parseYaml(text));
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    throw new Error(`it is not a kubeconfig: ${path.join('.') || 'document'}: ${message}`);
  }
  const { 'current-context': current, contexts, clusters, users } = parsed.data;
  const context = find(contexts, current, 'context') as { cluster: string; user: string; namespace?: string };
  const cluster = find(clusters, context.cluster, 'cluster') as Record<string, unknown>;
  const user = find(users, context.user, 'user') as Record<string, unknown>;
  refuse(cluster);
  refuse(user);
  return usable({
    ...(context.namespace !== undefined && { namespace: context.namespace }),
    ...given('ca', cluster, 'certificate-authority-data', true),
    ...given('serverName', cluster, 'tls-server-name'),
    ...given('token', user, 'token'),
    ...given('cert', user, 'client-certificate-data', true),
    ...given('key', user, 'client-key-data', true),
    server: serverOf(cluster.server),
  });
}

/** The parser's message may quote the text, which holds keys. */
function parseYaml(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 0 });
  } catch {
    throw new Error('it is not a kubeconfig: it is not YAML');
  }
}

function find(list: Record<string, unknown>[], name: string, field: string): unknown {
  const found = list.find((one) => one.name === name);
  if (!found) throw new Error(`it has no ${field} "${name.slice(0, 100)}": select one with kubectl config use-context`);
  return found[field];
}

function refuse(part: Record<string, unknown>): void {
  for (const [field, why] of Object.entries(REFUSED))
    if (part[field] !== undefined && part[field] !== false) throw new Error(`its ${field} ${why}`);
}

function serverOf(server: unknown): string {
  const url = typeof server === 'string' ? URL.parse(server) : null;
  if (url?.protocol !== 'https:' || url.username !== '' || url.search !== '')
    throw new Error('its server is not an address of the form https://host:port');
  return url.href.replace(/\/$/, '');
}

type Given = Exclude<keyof Access, 'server'>;

function given(key: Given, part: Record<string, unknown>, field: string, isBase64 = false): Pick<Access, Given> {
  const value = part[field];
  if (value === undefined || value === '') return {};
  if (typeof value !== 'string') throw new Error(`its ${field} is not text`);
  return { [key]: isBase64 ? Buffer.from(value, 'base64').toString('utf8') : value };
}

function usable(access: Access): Access {
  const { ca, cert, key, token } = access;
  if ((cert === undefined) !== (key === undefined))
    throw new Error('it needs both client-certificate-data and client-key-data');
  if (token === undefined && cert === undefined) throw new Error(`its user has no credentials: ${TOKEN}`);
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) throw new Error('its token contains invalid characters');
  try {
    // createSecureContext silently ignores an invalid authority.
    const authority = ca === undefined ? undefined : new X509Certificate(ca).toString();
    createSecureContext({ ...(authority !== undefined && { ca: authority }), ...(cert && { cert, key }) });
  } catch {
    throw new Error('its certificates or key are not PEM, or do not match');
  }
  return access;
}
