import { setTimeout as wait } from 'node:timers/promises';
import { rootCertificates } from 'node:tls';
import * as client from 'openid-client';
import { Agent, fetch } from 'undici';
import type { OidcSettings } from '../../../api/oidc.ts';
import { memo } from '../../../base/memo.ts';
import { PAGE_API } from '../../contract/page-api.ts';
import { type Claims, claimAt } from './rights.ts';

/** The settings of a provider, and of this page as its client. */
export interface ProviderSettings {
  settings: OidcSettings;
  secret?: string;
  /** PEM: in addition to the well-known authorities. */
  ca?: string;
}

/** The provider does not respond, or not like a provider: nobody can sign in with it now. */
export class Unreachable extends Error {
  override name = 'Unreachable';
}

export interface Expected {
  state: string;
  nonce: string;
  verifier: string;
}

/** An OpenID Connect provider, contacted when somebody signs in. Rejects with {@link Unreachable} when it does not respond. */
export interface Provider {
  /** The URL to which the user is redirected. */
  authorize(expected: Expected): Promise<string>;
  /**
   * Exchanges the query of the callback for the user's identity. Rejects with another error unless it is exactly what was
   * expected, signed by the provider for this page.
   */
  redeem(query: string, expected: Expected): Promise<{ subject: string; claims: Claims; idToken: string }>;
  /** Where the user signs out of the provider too; undefined if it has no such endpoint. */
  signOut(idToken?: string): Promise<string | undefined>;
  /** Whether it answered its last request, which was recent. Takes no more than a second. */
  answers(): Promise<boolean>;
  close(): void;
}

export const START = `${PAGE_API}/session/oidc/start`;
const CALLBACK = `${PAGE_API}/session/oidc/callback`;

/** The user is waiting. */
const TIMEOUT_S = 10;
const MAX_ANSWER = 1024 * 1024;
/** How long the provider's metadata is cached. */
const BELIEVED_MS = 10_000;
const ASKED_AGAIN_MS = 30_000;
const ANSWER_MS = 1000;
/** Clocks of offices differ. */
const TOLERANCE_S = 60;

/** `now`: Unix ms. */
export function createProvider({ settings, secret, ca }: ProviderSettings, now: () => number): Provider {
  const { issuer, clientId, url } = settings;
  const authority = ca === undefined ? {} : { ca: [...rootCertificates, ca] };
  const dispatcher = new Agent({ maxResponseSize: MAX_ANSWER, connect: { timeout: TIMEOUT_S * 1000, ...authority } });
  const insecure = issuer.startsWith('http:');
  let asked = { at: Number.NEGATIVE_INFINITY, answered: true };

  const ask = (address: string, options: object) =>
    fetch(address, { ...options, dispatcher, redirect: 'manual' }) as unknown as Promise<Response>;

  async function discover(): Promise<client.ServerMetadata> {
    let answered = false;
    try {
      const found = await client.discovery(new URL(issuer), clientId, undefined, client.None(), {
        timeout: TIMEOUT_S,
        [client.customFetch]: ask,
        ...(insecure && { execute: [client.allowInsecureRequests] }),
      });
      answered = true;
      return found.serverMetadata();
    } catch (error) {
      throw new Unreachable(`${issuer}: ${reasonOf(error)}`, { cause: error });
    } finally {
      asked = { at: now(), answered };
    }
  }
  const fresh = memo(discover, BELIEVED_MS, now);

  /** Rebuilt each time, so that the provider's current keys are used however it rotates them. */
  async function configuration(): Promise<client.Configuration> {
    const metadata = { ...(await fresh()) };
    const own = { [client.clockTolerance]: TOLERANCE_S };
    const config = new client.Configuration(metadata, clientId, own, authentication(metadata, secret));
    config.timeout = TIMEOUT_S;
    config[client.customFetch] = ask;
    if (insecure) client.allowInsecureRequests(config);
    // The token comes directly from the provider; its signature is verified nevertheless.
    client.enableNonRepudiationChecks(config);
    return config;
  }

  const scopes = ['openid', ...(settings.scopes ?? ['profile'])];
  const wantedClaims = [settings.rolesClaim ?? 'groups', settings.nameClaim ?? 'preferred_username'];

  return {
    async authorize({ state, nonce, verifier }) {
      const config = await configuration();
      const to = client.buildAuthorizationUrl(config, {
        redirect_uri: new URL(CALLBACK, url).href,
        scope: [...new Set(scopes)].join(' '),
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state,
        nonce,
      });
      return to.href;
    },

    async redeem(query, { state, nonce, verifier }) {
      const config = await configuration();
      // The configured address, never the one in the request.
      const callback = new URL(`${CALLBACK}${query === '' ? '' : `?${query}`}`, url);
      const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier };
      try {
        const tokens = await client.authorizationCodeGrant(config, callback, checks);
        const claims: Claims = { ...tokens.claims() };
        const subject = claims.sub as string;
        const lacks = wantedClaims.some((name) => claimAt(claims, name) === undefined);
        if (lacks && config.serverMetadata().userinfo_endpoint !== undefined)
          // The signed token takes precedence.
          Object.assign(claims, { ...(await client.fetchUserInfo(config, tokens.access_token, subject)), ...claims });
        return { subject, claims, idToken: tokens.id_token! };
      } catch (error) {
        throw isOutage(error) ? new Unreachable(`${issuer}: ${reasonOf(error)}`, { cause: error }) : error;
      }
    },

    async signOut(idToken) {
      const config = await configuration();
      if (config.serverMetadata().end_session_endpoint === undefined) return undefined;
      const parameters = {
        post_logout_redirect_uri: new URL('/', url).href,
        ...(idToken !== undefined && { id_token_hint: idToken }),
      };
      return client.buildEndSessionUrl(config, parameters).href;
    },

    async answers() {
      const asks = now() - asked.at >= ASKED_AGAIN_MS ? fresh().catch(() => undefined) : undefined;
      if (asks) await Promise.race([asks, wait(ANSWER_MS, undefined, { ref: false })]);
      return asked.answered;
    },

    close: () => void dispatcher.close(),
  };
}

/** The method that the provider accepts; the header if there is a choice. */
function authentication({ token_endpoint_auth_methods_supported: methods }: client.ServerMetadata, secret?: string) {
  if (secret === undefined) return client.None();
  const basic = methods === undefined || methods.includes('client_secret_basic');
  return basic ? client.ClientSecretBasic(secret) : client.ClientSecretPost(secret);
}

/** It could not be reached, or did not identify itself; anything else is an answer. */
function isOutage(error: unknown): boolean {
  const { name, code, cause } = error as Error & { code?: string };
  if (name === 'TypeError' || name === 'AbortError' || name === 'TimeoutError') return true;
  if (code === 'OAUTH_TIMEOUT') return true;
  return Number((cause as { status?: number } | undefined)?.status) >= 500;
}

/** For the log: never a token, a code or what the provider wrote. */
export function reasonOf(error: unknown): string {
  const { message, code, cause } = error as Error & { code?: string };
  const { message: why, code: inner } = cause instanceof Error ? (cause as Error & { code?: string }) : {};
  return [message, code, why ?? inner].filter((part) => part !== undefined && part !== '').join(': ');
}
