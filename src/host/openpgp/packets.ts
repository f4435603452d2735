/** A packet of OpenPGP: what its tag says it is, and its bytes. */
interface Packet {
  readonly tag: number;
  readonly body: Buffer;
}

/** The tags of RFC 9580 that are read here. */
export const tags = { signature: 2, primaryKey: 6, userId: 13, subkey: 14, userAttribute: 17 } as const;

/**
 * The packets of an ASCII-armored file, such as one of `PUBLIC KEY BLOCK`. Nothing where it has other text, or packets of
 * other kinds than these, or such that end elsewhere: a program of the system could read more in it than is read here.
 */
export function packetsIn(
  text: string,
  label: 'PUBLIC KEY BLOCK' | 'SIGNATURE',
  kinds: readonly number[],
): Packet[] | undefined {
  const armored = armorOf(label);
  if (text.replaceAll(armored, '').trim() !== '') return undefined;
  const found = [...text.matchAll(armored)].map(([, base64 = '']) => unpack(Buffer.from(base64, 'base64')));
  const packets = found.flatMap((each) => each ?? [{ tag: -1, body: Buffer.alloc(0) }]);
  return packets.every(({ tag }) => kinds.includes(tag)) ? packets : undefined;
}

// Header lines, an empty line, the bytes in base64, and a checksum that may be left out.
const armorOf = (label: string): RegExp =>
  new RegExp(
    `-----BEGIN PGP ${label}-----\\r?\\n(?:\\w+: .*\\r?\\n)*\\r?\\n([A-Za-z0-9+/\\r\\n]+={0,2})\\r?\\n(?:=[A-Za-z0-9+/]{4}\\r?\\n)?-----END PGP ${label}-----`,
    'g',
  );

// Nothing where the bytes are no whole packets.
function unpack(bytes: Buffer): Packet[] | undefined {
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
