import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { publicKeyOf } from '../../src/pki/private-key.ts';

const root = mkdtempSync(join(tmpdir(), 'sitesync-private-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let made = 0;
function make(...args: string[]): string {
  const path = join(root, `key-${made++}`);
  execFileSync('ssh-keygen', ['-q', '-f', path, ...args]);
  return readFileSync(path, 'utf8');
}

/** The output of ssh-keygen for a private key; undefined when it fails. */
function keygenSays(privateKey: string): string | undefined {
  const path = join(root, 'asked');
  writeFileSync(path, privateKey);
  chmodSync(path, 0o600);
  const { status, stdout } = spawnSync('ssh-keygen', ['-y', '-P', '', '-f', path], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

test.each(['', 'sitesync-ca', 'two words', 'Zürich ✓'])('is what ssh-keygen -y prints, comment "%s"', (comment) => {
  const key = make('-t', 'ed25519', '-N', '', '-C', comment);
  expect(publicKeyOf(key)).toBe(keygenSays(key));
  expect(publicKeyOf(key)).toBeDefined();
});

test('other keys are left to ssh-keygen', () => {
  expect(publicKeyOf(make('-t', 'ed25519', '-N', 'a passphrase'))).toBeUndefined();
  expect(publicKeyOf(make('-t', 'ecdsa', '-N', ''))).toBeUndefined();
  expect(publicKeyOf(make('-t', 'rsa', '-b', '2048', '-m', 'PEM', '-N', ''))).toBeUndefined();
  for (const text of ['', 'nonsense', '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n'])
    expect(publicKeyOf(text)).toBeUndefined();
});

test('a damaged key is rejected, or read as ssh-keygen does', () => {
  const key = make('-t', 'ed25519', '-N', '', '-C', 'mine');
  const bytes = Buffer.from(key.replace(/-----[^-]+-----/g, ''), 'base64');
  const armour = (body: Buffer) =>
    `-----BEGIN OPENSSH PRIVATE KEY-----\n${body.toString('base64').replace(/.{70}/g, '$&\n')}\n-----END OPENSSH PRIVATE KEY-----\n`;
  expect(publicKeyOf(armour(bytes))).toBe(keygenSays(key));
  for (let at = 0; at < bytes.length; at += 3) {
    const damaged = Buffer.from(bytes);
    damaged[at]! ^= 1;
    const says = publicKeyOf(armour(damaged));
    if (says !== undefined) expect(says, `byte ${at}`).toBe(keygenSays(armour(damaged)));
    expect(publicKeyOf(armour(bytes.subarray(0, at))), `cut at ${at}`).toBeUndefined();
  }
});
