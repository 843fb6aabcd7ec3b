import { createHash } from 'node:crypto';
import { z } from 'zod';
import { openJsonFile } from '../json-file.ts';
import { freeName } from './name.ts';

/** Somebody who has signed in with the provider. */
const Person = z.object({
  /** From issuer and subject: the provider may change every name, but not these. */
  id: z.string(),
  issuer: z.string(),
  /** As shown in lists and history: assigned once and kept. */
  name: z.string(),
  /** As of the last sign-in. */
  groups: z.string().array(),
  /** Unix ms of the last sign-in. */
  seen: z.number(),
});
export type Person = z.infer<typeof Person>;

export interface Persons {
  all(): Person[];
  find(id: string): Person | undefined;
  /** Records a sign-in; a new user gets a name that nobody has. */
  signedIn(who: { issuer: string; subject: string; wanted: string; groups: string[] }, taken: string[]): Person;
  /** Removes somebody who no longer has any rights, and with them their sessions and shares. */
  removeRights(issuer: string, subject: string): void;
}

/** Beyond this number, those who were away longest are forgotten and get new names. */
const MAX_PERSONS = 20_000;

/** Users from the provider, in a file so that they survive a restart. `now`: Unix ms. */
export function openPersons(path: string, now: () => number): Persons {
  const file = openJsonFile(path, Person);
  const find = (id: string) => file.all().find((person) => person.id === id);
  return {
    all: () => file.all(),
    find,
    signedIn({ issuer, subject, wanted, groups }, taken) {
      const id = personId(issuer, subject);
      const others = file.all().filter((person) => person.id !== id);
      const name = find(id)?.name ?? freeName(wanted, [...taken, ...others.map((person) => person.name)]);
      const person = { id, issuer, name, groups, seen: now() };
      file.save([...others, person].slice(-MAX_PERSONS));
      return person;
    },
    removeRights(issuer, subject) {
      const id = personId(issuer, subject);
      if (find(id)) file.save(file.all().map((person) => (person.id === id ? { ...person, groups: [] } : person)));
    },
  };
}

/** Contains a colon, which no name in a users file does. */
function personId(issuer: string, subject: string): string {
  return `oidc:${createHash('sha256').update(`${issuer}\0${subject}`).digest('base64url')}`;
}
