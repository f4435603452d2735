import { createHash } from 'node:crypto';

/**
 * The fingerprints of the primary keys in an ASCII-armored file of public keys. None when the file holds anything
 * else, because a package manager could read more keys in it than were found here.
 */
export function fingerprintsIn(text: string): string[] {
  const blocks = [...text.matchAll(armored)];
  if (text.replaceAll(armored, '').trim() !== '') return [];
  const packets = blocks.flatMap(
    ([, base64 = '']) => packetsIn(Buffer.from(base64, 'base64')) ?? [undefined],
  );
  if (!packets.every((packet) => packet !== undefined && partsOfKey.has(packet.tag))) return [];
  return packets.flatMap((packet) => (packet?.tag === primaryKey ? [fingerprintOf(packet.body)] : []));
}

// Header lines, an empty line, the key in base64, and a checksum that may be left out.
const armored =
  /-----BEGIN PGP PUBLIC KEY BLOCK-----\r?\n(?:\w+: .*\r?\n)*\r?\n([\w+/\r\n]+={0,2})\r?\n(?:=[\w+/]{4}\r?\n)?-----END PGP PUBLIC KEY BLOCK-----/g;

// The tags of RFC 9580: a signature, a primary key, a user ID, a subkey, and a user attribute.
const primaryKey = 6;
const partsOfKey = new Set([2, primaryKey, 13, 14, 17]);

interface Packet {
  readonly tag: number;
  readonly body: Buffer;
}

// Nothing where the bytes are no whole packets.
function packetsIn(bytes: Buffer): Packet[] | undefined {
  const packets: Packet[] = [];
  for (let at = 0; at < bytes.length; ) {
    const header = headerAt(bytes, at);
    if (header === undefined || header.end > bytes.length) return undefined;
    packets.push({ tag: header.tag, body: bytes.subarray(header.start, header.end) });
    at = header.end;
  }
  return packets;
}

// The tag and where the body is. Nothing for a length that is not known before the body is read.
function headerAt(bytes: Buffer, at: number): { tag: number; start: number; end: number } | undefined {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return undefined;
  const isNew = (first & 0x40) !== 0;
  const length = isNew ? newLength(bytes, at + 1) : oldLength(bytes, at + 1, first & 3);
  if (length === undefined) return undefined;
  const start = at + 1 + length.bytes;
  return { tag: isNew ? first & 0x3f : (first >> 2) & 0xf, start, end: start + length.value };
}

interface Length {
  readonly bytes: number;
  readonly value: number;
}

function oldLength(bytes: Buffer, at: number, kind: number): Length | undefined {
  const size = [1, 2, 4][kind];
  if (size === undefined || at + size > bytes.length) return undefined;
  return { bytes: size, value: bytes.readUIntBE(at, size) };
}

function newLength(bytes: Buffer, at: number): Length | undefined {
  const first = bytes[at] ?? 0xe0;
  if (first < 0xc0) return { bytes: 1, value: first };
  if (first < 0xe0) return { bytes: 2, value: ((first - 0xc0) << 8) + (bytes[at + 1] ?? 0) + 0xc0 };
  if (first < 0xff || at + 5 > bytes.length) return undefined;
  return { bytes: 5, value: bytes.readUInt32BE(at + 1) };
}

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
