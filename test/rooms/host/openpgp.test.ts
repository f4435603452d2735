import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { keysIn } from '../../../src/host/openpgp/keys.ts';
import { fixtures } from '../../harness/case.ts';

const keyIn = (name: string) => readFileSync(join(fixtures, 'keys', `${name}.asc`), 'utf8');
const repository = keyIn('gitlab-repository');
const fingerprint = 'F6403F6544A38863DAA0B6E03F01618A51312F3F';
const fingerprintsIn = (text: string) => keysIn(text).map(({ fingerprint }) => fingerprint);
const bytesOf = (text: string) => Buffer.from(/\n\n([\s\S]*)\n=/.exec(text)![1]!, 'base64');
const armored = (bytes: Buffer) =>
  `-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n${bytes.toString('base64')}\n-----END PGP PUBLIC KEY BLOCK-----\n`;

describe('the fingerprints of public keys', () => {
  it.each([
    ['gitlab-repository', [fingerprint]],
    ['gitlab-packages', ['931DA69CFA3AFEBBC97DAA8C6C57C29C6BA75A4E']],
    ['another', ['A2E1D4FF4F0BE8E4068F5B76D015782D27AE1C0C']],
    ['gitlab-repository-and-another', [fingerprint, 'A2E1D4FF4F0BE8E4068F5B76D015782D27AE1C0C']],
  ])('are those that gpg shows: %s', (name, shown) => {
    expect(fingerprintsIn(keyIn(name))).toEqual(shown);
  });

  it('are found with other line ends, headers, and without a checksum', () => {
    expect(fingerprintsIn(repository.replaceAll('\n', '\r\n'))).toEqual([fingerprint]);
    expect(fingerprintsIn(repository.replace('\n\n', '\nVersion: GnuPG v2\nComment: a key\n\n'))).toEqual([
      fingerprint,
    ]);
    expect(fingerprintsIn(repository.replace(/\n=.{4}\n/, '\n'))).toEqual([fingerprint]);
  });

  it('are all of one block', () => {
    const both = armored(Buffer.concat([bytesOf(repository), bytesOf(keyIn('another'))]));
    expect(fingerprintsIn(both)).toHaveLength(2);
  });

  it('are none where a package manager could read more than is read here', () => {
    const bytes = bytesOf(repository);
    const compressed = Buffer.concat([bytes, Buffer.from([0xc8, 1, 0])]);
    const secret = Buffer.concat([bytes, Buffer.from([0xc5, 1, 0])]);
    const partial = Buffer.concat([bytes, Buffer.from([0xcd, 0xe1, 0, 0, 0])]);
    const unbounded = Buffer.concat([bytes, Buffer.from([0xa3, 0])]);
    for (const text of [compressed, secret, partial, unbounded].map(armored))
      expect(fingerprintsIn(text)).toEqual([]);
    for (const text of ['', '<html>', `${repository}text`, `text\n${repository}`, bytes.toString('latin1')])
      expect(fingerprintsIn(text)).toEqual([]);
    // Node reads _ and - as / and +; programs of the system pass over them.
    for (const [other, letter] of [
      ['/', '_'],
      ['+', '-'],
    ] as const)
      expect(fingerprintsIn(repository.replace(other, letter))).toEqual([]);
    const message = repository.replaceAll('PUBLIC KEY BLOCK', 'MESSAGE');
    expect(fingerprintsIn(`${repository}${message}`)).toEqual([]);
  });

  it('are none of a key that is cut off at any byte', () => {
    const bytes = bytesOf(keyIn('another'));
    for (let length = 0; length < bytes.length; length++) {
      const found = fingerprintsIn(armored(bytes.subarray(0, length)));
      expect([[], ['A2E1D4FF4F0BE8E4068F5B76D015782D27AE1C0C']]).toContainEqual(found);
      if (length < 53) expect(found).toEqual([]);
    }
  });

  it('are another one when any byte of the key is another one', () => {
    const bytes = bytesOf(repository);
    for (let at = 3; at < 528; at += 7) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 1;
      expect(fingerprintsIn(armored(changed))).not.toEqual([fingerprint]);
    }
  });
});
