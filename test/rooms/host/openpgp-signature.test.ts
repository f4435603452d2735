import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { keysIn } from '../../../src/host/openpgp/keys.ts';
import { signatureFault } from '../../../src/host/openpgp/signature.ts';

// Made by gpg 2.2.
const text = (name: string) => readFileSync(new URL(`signatures/${name}`, import.meta.url), 'utf8');
const content = Buffer.from(text('content.txt'));
const faultOf = (signature: string, key: string, given = content) =>
  signatureFault({ content: given, signature, key }, keysIn(key)[0]!.fingerprint);
const bytesIn = (armored: string) => Buffer.from(/\n\n([\s\S]*)\n=/.exec(armored)![1]!, 'base64');
const armored = (bytes: Buffer) =>
  `-----BEGIN PGP SIGNATURE-----\n\n${bytes.toString('base64')}\n-----END PGP SIGNATURE-----\n`;

describe('a detached signature', () => {
  it.each([
    ['rsa', 'rsa'],
    ['rsa-sha256', 'rsa'],
    ['ed25519', 'ed25519'],
  ])('is valid for what was signed, and nothing else: %s', (name, key) => {
    expect(faultOf(text(`${name}.asc`), text(`${key}-key.asc`))).toBeUndefined();
    const other = Buffer.concat([content, Buffer.from('\n')]);
    expect(faultOf(text(`${name}.asc`), text(`${key}-key.asc`), other)).toBe(
      'The signature does not match the file.',
    );
  });

  it('is not valid by another key, nor by a subkey, which the fingerprint does not name', () => {
    const key = text('rsa-key.asc');
    expect(faultOf(text('ed25519.asc'), key)).toMatch(/not supported/);
    expect(faultOf(text('subkey.asc'), text('ed25519-key.asc'))).toMatch(/does not match/);
    expect(faultOf(text('subkey.asc'), text('subkey-key.asc'))).toMatch(/does not match/);
    const signed = { content, signature: text('rsa.asc'), key };
    expect(signatureFault(signed, '0'.repeat(40))).toMatch(/^The key is [0-9A-F]{40}; expected is 0{40}\.$/);
  });

  it('is not valid by a key that was revoked, or one of two keys', () => {
    expect(faultOf(text('rsa.asc'), text('rsa-revoked-key.asc'))).toBe('The signing key was revoked.');
    expect(faultOf(text('rsa.asc'), text('rsa-key.asc') + text('ed25519-key.asc'))).toMatch(/one public key/);
  });

  it.each(['rsa-sha1', 'rsa-text'])('is of a kind that is not supported: %s', (name) => {
    expect(faultOf(text(`${name}.asc`), text('rsa-key.asc'))).toMatch(/not supported/);
  });

  it('is not valid by a key of another algorithm', () => {
    expect(faultOf(text('nistp256.asc'), text('nistp256-key.asc'))).toMatch(/not supported/);
  });

  it('is one signature', () => {
    const key = text('rsa-key.asc');
    for (const signature of ['', 'text', `${text('rsa.asc')}text`, text('rsa.asc') + text('rsa.asc'), key])
      expect(faultOf(signature, key)).toBe('The signature file does not contain exactly one signature.');
  });

  // What is not signed itself: the key ID that gpg adds, and the first two bytes of the hash.
  it('is not valid with any other byte of what it says and signs', () => {
    const bytes = bytesIn(text('rsa.asc'));
    const hashedEnd = 3 + 6 + bytes.readUInt16BE(3 + 4);
    const numbersStart = hashedEnd + 2 + bytes.readUInt16BE(hashedEnd) + 2;
    for (let at = 0; at < bytes.length; at++) {
      if (at >= hashedEnd && at < numbersStart) continue;
      const changed = Buffer.from(bytes);
      changed[at]! ^= 1;
      expect(faultOf(armored(changed), text('rsa-key.asc')), `byte ${at}`).toBeDefined();
    }
  });

  it('is not valid when it is cut off', () => {
    const bytes = bytesIn(text('ed25519.asc'));
    for (let length = 0; length < bytes.length; length++)
      expect(
        faultOf(armored(bytes.subarray(0, length)), text('ed25519-key.asc')),
        `${length} bytes`,
      ).toBeDefined();
  });
});
