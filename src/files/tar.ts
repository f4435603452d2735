import { Trouble } from '../errors.ts';

/** A regular file in an archive. */
export interface Packed {
  readonly name: string;
  readonly bytes: Buffer;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** When it was changed last, in seconds. */
  readonly mtime: number;
}

const block = 512;

/** Writes files as a tar archive (ustar); throws for a name of more than 100 bytes. */
export function packTar(files: readonly Packed[]): Buffer {
  const pieces = files.flatMap((file) => [headerOf(file), padded(file.bytes)]);
  return Buffer.concat([...pieces, Buffer.alloc(2 * block)]);
}

function headerOf({ name, bytes, mode, uid, gid, mtime }: Packed): Buffer {
  if (Buffer.byteLength(name) > 100) throw new Trouble(`The name ${name} is too long for an archive.`);
  const header = Buffer.alloc(block);
  const octal = (value: number, at: number, length: number) =>
    header.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1');
  header.write(name, 0);
  octal(mode & 0o777, 100, 8);
  octal(fits(uid), 108, 8);
  octal(fits(gid), 116, 8);
  octal(bytes.length, 124, 12);
  octal(mtime, 136, 12);
  header.write('        0', 148, 'latin1');
  header.write('ustar\x0000', 257, 'latin1');
  octal(sumOf(header), 148, 7);
  return header;
}

// A field has seven octal digits; a user beyond that is left out.
const fits = (id: number): number => (id < 0o10000000 ? id : 0);

const padded = (bytes: Buffer): Buffer =>
  Buffer.concat([bytes, Buffer.alloc((block - (bytes.length % block)) % block)]);

// As if the field of the sum itself were blank.
function sumOf(header: Buffer): number {
  let sum = 0;
  for (const [at, byte] of header.entries()) sum += at >= 148 && at < 156 ? 0x20 : byte;
  return sum;
}

/** What is wrong with an archive. */
export class Unpackable extends Error {}

/**
 * Reads a tar archive of regular files; folders are passed over. Throws an `Unpackable` for anything else: links, devices,
 * other formats, wrong sums, and more than `most` files.
 */
export function unpackTar(archive: Buffer, most: number): Packed[] {
  const files: Packed[] = [];
  for (let at = 0; ; ) {
    const header = archive.subarray(at, at + block);
    if (header.length < block) throw new Unpackable('It is cut off.');
    if (header.every((byte) => byte === 0)) return files;
    if (numberAt(header, 148, 8) !== sumOf(header)) throw new Unpackable('A checksum in it is wrong.');
    const size = numberAt(header, 124, 12);
    const kind = String.fromCharCode(header[156]!);
    const bytes = archive.subarray(at + block, at + block + size);
    if (bytes.length < size) throw new Unpackable('It is cut off.');
    at += block * (1 + Math.ceil(size / block));
    if (kind === '5' && size === 0) continue;
    files.push({ ...factsIn(header, kind), bytes });
    if (files.length > most) throw new Unpackable(`It has more than ${most} files.`);
  }
}

function factsIn(header: Buffer, kind: string): Omit<Packed, 'bytes'> {
  const name = textAt(header, 0, 100);
  if (kind !== '0' && kind !== '\0')
    throw new Unpackable(`${JSON.stringify(name)} in it is not a regular file.`);
  if (textAt(header, 345, 155) !== '')
    throw new Unpackable('The archive contains a file name of more than 100 characters.');
  return {
    name,
    mode: numberAt(header, 100, 8) & 0o777,
    uid: numberAt(header, 108, 8),
    gid: numberAt(header, 116, 8),
    mtime: numberAt(header, 136, 12),
  };
}

const textAt = (header: Buffer, at: number, length: number): string =>
  header.toString('utf8', at, at + length).replace(/\0[\s\S]*$/, '');

function numberAt(header: Buffer, at: number, length: number): number {
  const digits = header
    .toString('latin1', at, at + length)
    .replace(/[\0 ]+$/, '')
    .trim();
  if (!/^[0-7]{0,11}$/.test(digits)) throw new Unpackable('A number in it cannot be read.');
  return Number.parseInt(digits || '0', 8);
}
