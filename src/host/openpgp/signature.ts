import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { keysIn, type PublicKey } from './keys.ts';
import { packetsIn, tags } from './packets.ts';

/** A file, its detached signature, and the public key that is said to have signed it; the last two as ASCII armor. */
interface Signed {
  readonly content: Buffer;
  readonly signature: string;
  readonly key: string;
}

/**
 * What is wrong with a detached signature that only the primary key with this fingerprint may have made; nothing where it is
 * valid. Knows signatures of version 4 by RSA and Ed25519 with SHA-2. As with gpgv, a key that has expired counts.
 */
export function signatureFault({ content, signature, key }: Signed, fingerprint: string): string | undefined {
  const keys = keysIn(key);
  const [signer] = keys;
  if (signer === undefined || keys.length > 1) return 'The key file does not contain exactly one public key.';
  if (signer.fingerprint !== fingerprint)
    return `The key is ${signer.fingerprint}; expected is ${fingerprint}.`;
  if (isRevoked(key)) return 'The signing key was revoked.';
  const packets = packetsIn(signature, 'SIGNATURE', [tags.signature]);
  if (packets?.length !== 1) return 'The signature file does not contain exactly one signature.';
  try {
    return faultOf(packets[0]!.body, content, signer);
  } catch {
    return 'The signature or the key is damaged.';
  }
}

// It is not asked whether the revocation is genuine: who can add one could also take the key away.
const isRevoked = (key: string): boolean =>
  packetsIn(key, 'PUBLIC KEY BLOCK', Object.values(tags))!.some(
    ({ tag, body }) => tag === tags.signature && body[1] === 0x20,
  );

const hashes: Readonly<Record<number, string>> = { 8: 'sha256', 9: 'sha384', 10: 'sha512' };

// The form of a signature of version 4 is in RFC 9580, 5.2.3; what is hashed, in 5.2.4.
function faultOf(packet: Buffer, content: Buffer, signer: PublicKey): string | undefined {
  const [version, type, algorithm, hash = 0] = packet;
  const name = hashes[hash];
  if (version !== 4 || type !== 0 || name === undefined) return 'The type of the signature is not supported.';
  const hashed = packet.subarray(0, 6 + packet.readUInt16BE(4));
  const trailer = Buffer.from([4, 0xff, 0, 0, 0, 0]);
  trailer.writeUInt32BE(hashed.length, 2);
  const message = Buffer.concat([content, hashed, trailer]);
  const unhashed = packet.readUInt16BE(hashed.length);
  const numbers = numbersIn(packet.subarray(hashed.length + 2 + unhashed + 2));
  const key = keyOf(signer.body);
  if (key === undefined || signer.body[5] !== algorithm) return 'The type of the signature is not supported.';
  return isValid(name, message, key, numbers) ? undefined : 'The signature does not match the file.';
}

function isValid(
  hash: string,
  message: Buffer,
  { key, size }: SigningKey,
  numbers: readonly Buffer[],
): boolean {
  const padded = Buffer.concat(numbers.map((number) => leftPadded(number, size)));
  // Ed25519 signs the hash as its message.
  if (key.asymmetricKeyType === 'ed25519')
    return verify(null, createHash(hash).update(message).digest(), key, padded);
  return verify(hash, message, key, padded);
}

const leftPadded = (number: Buffer, size: number): Buffer =>
  Buffer.concat([Buffer.alloc(Math.max(0, size - number.length)), number]);

/** A public key, and the bytes that each number of its signatures has. */
interface SigningKey {
  readonly key: KeyObject;
  readonly size: number;
}

const rsa = 1;
const edDsa = 22;
const ed25519 = Buffer.from('092b06010401da470f01', 'hex');

// Version, four bytes of time, algorithm, and the numbers of the key.
function keyOf(body: Buffer): SigningKey | undefined {
  const rest = body.subarray(6);
  if (body[0] === 4 && body[5] === rsa) {
    const [n = Buffer.alloc(0), e = Buffer.alloc(0)] = numbersIn(rest);
    return {
      key: fromJwk({ kty: 'RSA', n: n.toString('base64url'), e: e.toString('base64url') }),
      size: n.length,
    };
  }
  if (body[0] === 4 && body[5] === edDsa && rest.subarray(0, 10).equals(ed25519)) {
    const [point = Buffer.alloc(0)] = numbersIn(rest.subarray(10));
    return {
      key: fromJwk({ kty: 'OKP', crv: 'Ed25519', x: point.subarray(1).toString('base64url') }),
      size: 32,
    };
  }
  return undefined;
}

const fromJwk = (key: Record<string, string>): KeyObject => createPublicKey({ key, format: 'jwk' });

// Each with its length in bits before it.
function numbersIn(bytes: Buffer): Buffer[] {
  const numbers: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const bits = bytes.readUInt16BE(at);
    const end = at + 2 + Math.ceil(bits / 8);
    const number = bytes.subarray(at + 2, end);
    const zeros = Math.clz32(number[0] ?? 0) - 24;
    if (end > bytes.length || bits !== number.length * 8 - zeros) throw new RangeError('not a number');
    numbers.push(number);
    at = end;
  }
  return numbers;
}
