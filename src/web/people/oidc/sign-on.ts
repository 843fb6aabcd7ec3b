import type { Account } from '../accounts.ts';
import { wantedName } from './name.ts';
import type { Person, Persons } from './persons.ts';
import { createProvider, type Provider } from './provider.ts';
import { type Claims, groupsOf, rightsOf } from './rights.ts';
import type { FollowedOidc } from './settings.ts';

/** Signing in by a provider as it is set up now; undefined where it is not. */
export interface SignOn {
  current(): { provider: Provider; url: string; name: string; at: string; sessionMs: number } | undefined;
  /** Why what is set up now does not count. */
  problem(): string | undefined;
  /** Notes who has signed in; undefined: somebody with no right here. */
  welcome(subject: string, claims: Claims, taken: string[]): Account | undefined;
  find(id: string): Account | undefined;
  /** Who has signed in at any time and would still be let in. */
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

  /** What the settings of now give to the groups of then. */
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
    welcome(subject, claims, taken) {
      const settings = follow().settings?.settings;
      if (!settings) return undefined;
      const groups = groupsOf(settings, claims);
      if (!rightsOf(settings, groups)) {
        persons.turnedAway(settings.issuer, subject);
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

/** Which provider, as which client: with another one nobody is signed in any more. */
const atOf = ({ issuer, clientId }: { issuer: string; clientId: string }) => `oidc ${issuer} ${clientId}`;
