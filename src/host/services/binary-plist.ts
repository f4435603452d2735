/** What a property list of macOS holds; what is neither text, number, nor list of them (dates, data) is null. */
export type PropertyList =
  | string
  | number
  | boolean
  | null
  | readonly PropertyList[]
  | { readonly [key: string]: PropertyList };

/** More objects than any property list of a service has. */
const mostObjects = 1000;

/** Where the objects of a binary property list are, and how wide the numbers that name them. */
interface Layout {
  readonly bytes: Buffer;
  readonly offsets: number;
  readonly offsetSize: number;
  readonly referenceSize: number;
  readonly count: number;
}

/**
 * Reads a binary property list (`bplist00`), as `plutil -convert binary1` writes them: a list of objects that name each
 * other by number, the places of these objects, and at the end where both begin. Nothing where it is damaged.
 */
export function readBinaryPlist(bytes: Buffer): PropertyList | undefined {
  try {
    const end = bytes.length - 32;
    const number = (at: number) => Number(bytes.readBigUInt64BE(end + at));
    const layout: Layout = {
      ...{ bytes, offsets: number(24), count: number(8) },
      ...{ offsetSize: bytes.readUInt8(end + 6), referenceSize: bytes.readUInt8(end + 7) },
    };
    let left = mostObjects;
    const read = (reference: number, within: readonly number[]): PropertyList => {
      if (within.includes(reference) || left-- === 0) throw new RangeError('endless');
      return objectAt(layout, placeOf(layout, reference), (next) => read(next, [...within, reference]));
    };
    return read(number(16), []);
  } catch (error) {
    // A place that is outside the file, a number that is too wide, or an object that holds itself.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function placeOf({ bytes, offsets, offsetSize, count }: Layout, reference: number): number {
  if (reference >= count) throw new RangeError('no such object');
  return bytes.readUIntBE(offsets + reference * offsetSize, offsetSize);
}

// The first half of a byte is the kind, the second one the length; 15 means that a number with the length follows.
function objectAt(layout: Layout, at: number, read: (reference: number) => PropertyList): PropertyList {
  const { bytes } = layout;
  const marker = bytes.readUInt8(at);
  const kind = marker >> 4;
  if (kind === 0) return marker === 9 || (marker === 8 ? false : null);
  if (kind === 1) return integerAt(bytes, at);
  const [length, start] = lengthAt(bytes, at);
  if (kind === 5) return textAt(bytes, start, length).toString('latin1');
  if (kind === 6)
    return Buffer.from(textAt(bytes, start, length * 2))
      .swap16()
      .toString('utf16le');
  if (kind === 10) return referencesAt(layout, start, length).map(read);
  if (kind !== 13) return null;
  const names = referencesAt(layout, start, length).map((one) => String(read(one)));
  const values = referencesAt(layout, start + length * layout.referenceSize, length);
  return Object.fromEntries(names.map((name, index) => [name, read(values[index]!)]));
}

function lengthAt(bytes: Buffer, at: number): [length: number, start: number] {
  const short = bytes.readUInt8(at) & 15;
  if (short < 15) return [short, at + 1];
  return [integerAt(bytes, at + 1), at + 2 + 2 ** (bytes.readUInt8(at + 1) & 15)];
}

function integerAt(bytes: Buffer, at: number): number {
  const size = 2 ** (bytes.readUInt8(at) & 15);
  return size === 8 ? Number(bytes.readBigInt64BE(at + 1)) : bytes.readUIntBE(at + 1, size);
}

function textAt(bytes: Buffer, start: number, length: number): Buffer {
  if (length < 0 || start + length > bytes.length) throw new RangeError('behind the end');
  return bytes.subarray(start, start + length);
}

function referencesAt({ bytes, referenceSize }: Layout, start: number, length: number): number[] {
  if (length > mostObjects) throw new RangeError('too many');
  return Array.from({ length }, (_, index) => bytes.readUIntBE(start + index * referenceSize, referenceSize));
}
