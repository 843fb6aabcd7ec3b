import type { Account } from '../accounts.ts';
import { wantedName } from './name.ts';
import type { Person, Persons } from './persons.ts';
import { createProvider, type Provider } from './provider.ts';
import { type Claims, groupsOf, rightsOf } from './rights.ts';
import type { FollowedOidc } from './settings.ts';

/** Sign-in with the provider as currently configured; undefined if there is none. */
export interface SignOn {
  current(): { provider: Provider; url: string; name: string; at: string; sessionMs: number } | undefined;
  /** Why the current configuration is not used. */
  problem(): string | undefined;
  /** Records a sign-in; undefined: the user has no rights here. */
  signIn(subject: string, claims: Claims, taken: string[]): Account | undefined;
  find(id: string): Account | undefined;
  /** Everybody who has ever signed in and still may. */
  all(): Account[];
}

const SESSION_HOURS = 12;

/** `now`: Unix ms. */
export function createSignOn(follow: () => FollowedOidc, persons: Persons, now: () => number): SignOn {
  let made: { from: FollowedOidc['settings']; provider: Provider } | undefined;

  function providerNow() {
    const { settings } = follow();
    if (settings !== made?.from) {
      made?.provider.close();
      made = settings && { from: settings, provider: createProvider(settings, now) };
    }
    return made;
  }

  /** The rights that the current settings give to the groups of the last sign-in. */
  function accountOf({ id, issuer, name, groups, seen }: Person): Account | undefined {
    const settings = follow().settings?.settings;
    const rights = settings?.issuer === issuer ? rightsOf(settings, groups) : undefined;
    return settings && rights && { id, name, ...rights, proof: atOf(settings), seen };
  }

  return {
    current() {
      const { from, provider } = providerNow() ?? {};
      if (!from || !provider) return undefined;
      const { settings } = from;
      const { name = new URL(settings.issuer).host, sessionHours = SESSION_HOURS } = settings;
      return {
        provider,
        url: new URL(settings.url).origin,
        name,
        at: atOf(settings),
        sessionMs: sessionHours * 3_600_000,
      };
    },
    problem: () => follow().problem,
    signIn(subject, claims, taken) {
      const settings = follow().settings?.settings;
      if (!settings) return undefined;
      const groups = groupsOf(settings, claims);
      if (!rightsOf(settings, groups)) {
        persons.removeRights(settings.issuer, subject);
        return undefined;
      }
      const who = { issuer: settings.issuer, subject, wanted: wantedName(settings, claims), groups };
      return accountOf(persons.signedIn(who, taken));
    },
    find(id) {
      const person = persons.find(id);
      return person && accountOf(person);
    },
    all: () => persons.all().flatMap((person) => accountOf(person) ?? []),
  };
}

/** Provider and client: when either changes, nobody is signed in any more. */
const atOf = ({ issuer, clientId }: { issuer: string; clientId: string }) => `oidc ${issuer} ${clientId}`;
