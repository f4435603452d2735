import { createHash } from 'node:crypto';
import { packetsIn, tags } from './packets.ts';

/** A primary key, by its fingerprint, with its bytes. */
export interface PublicKey {
  readonly fingerprint: string;
  readonly body: Buffer;
}

/** The primary keys in an ASCII-armored file of public keys; none when the file holds anything else. */
export const keysIn = (text: string): PublicKey[] =>
  (packetsIn(text, 'PUBLIC KEY BLOCK', partsOfKey) ?? [])
    .filter(({ tag }) => tag === tags.primaryKey)
    .map(({ body }) => ({ fingerprint: fingerprintOf(body), body }));

const partsOfKey = Object.values(tags);

// Versions 5 and 6 write the length in four bytes. Version 3 is too weak to be trusted.
function fingerprintOf(key: Buffer): string {
  const version = key[0];
  const mark = { 4: 0x99, 5: 0x9a, 6: 0x9b }[version ?? 0];
  if (mark === undefined) return `of version ${version}`;
  const header = Buffer.alloc(version === 4 ? 3 : 5, mark);
  header.writeUIntBE(key.length, 1, header.length - 1);
  const hash = createHash(version === 4 ? 'sha1' : 'sha256');
  return hash.update(header).update(key).digest('hex').toUpperCase();
}
