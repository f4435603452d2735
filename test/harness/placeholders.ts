import { isUtf8 } from 'node:buffer';
import { X509Certificate } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { hostname, networkInterfaces } from 'node:os';
import { resolve } from 'node:path';

/** The system id that every case runs with, so that requests are the same on all machines. */
export const systemId = 's_c2d22f638c25';

/** What the stand-in server shows of itself: its address, and with https the PEM texts of its chain and its CA. */
export type Place = { url: string; ca?: string; chain?: string };

/** What differs from run to run: the temporary folder, the stand-in server (if any) and when the run began. */
export type Facts = {
  dir: string;
  server: Place | undefined;
  registry?: Neighbour | undefined;
  storage?: Neighbour | undefined;
  bucket?: Downloads | undefined;
  since: number;
};

/** What a registry or a storage shows of itself: host and port, with https its CA, and a key that opens it. */
export type Neighbour = { host: string; ca?: string; key?: string };

/** What a bucket of downloads shows of itself: its address, with https its CA, and the key that signs its releases. */
export type Downloads = { url: string; fingerprint: string; binary: string; ca?: string };

/**
 * Puts the facts of this run where a case says `{{dir}}`, `{{host}}`, `{{own_address}}`, `{{system_id}}`, `{{node}}` and `{{program}}` (how
 * runner-setup is started), of the server `{{gitlab}}` (its
 * URL), `{{address}}` (host and port), `{{port}}`, and with https `{{chain}}`, `{{ca}}` (PEM without the last line
 * end), `{{sha256}}`, `{{ca_sha256}}`, `{{valid_from}}`, `{{valid_to}}` (days); of the registry `{{registry}}`
 * (host and port) and `{{registry_ca}}`; of the storage `{{storage}}` (host and port), `{{storage_port}}`, `{{storage_ca}}`,
 * and `{{storage_key}}`; of the bucket of downloads `{{bucket}}` (its URL), `{{bucket_key}}` (a fingerprint), `{{bucket_ca}}`, and
 * `{{binary}}` (the name of its binary for this machine).
 */
export function fill(text: string, facts: Facts): string {
  return pairs(facts).reduce((done, [name, value]) => done.replaceAll(name, () => value), text);
}

/** The reverse of `fill`; a time between the start of the run and now becomes `<NOW>`. */
export function putBack(text: string, facts: Facts): string {
  const named = pairs(facts).reduce((done, [name, value]) => done.replace(whole(value), () => name), text);
  return named.replace(timeForm, (time) => (isNow(time, facts) ? '<NOW>' : time));
}

/** `fill` or `putBack` for the bytes of a file; bytes that are no text stay as they are. */
export function inBytes(bytes: Buffer, facts: Facts, change: typeof fill): Buffer {
  return isUtf8(bytes) ? Buffer.from(change(bytes.toString('utf8'), facts)) : bytes;
}

function pairs({ dir, server, registry, storage, bucket }: Facts): Array<[string, string]> {
  const known: Array<[string, string | undefined]> = [
    ['{{dir}}', dir],
    ['{{dir}}', realpathSync(dir)],
    ...(server ? serverPairs(server) : []),
    ['{{registry}}', registry?.host],
    ['{{registry_ca}}', registry?.ca?.trimEnd()],
    ['{{storage}}', storage?.host],
    ['{{storage_port}}', storage?.host.split(':')[1]],
    ['{{storage_ca}}', storage?.ca?.trimEnd()],
    ['{{storage_key}}', storage?.key],
    ['{{bucket}}', bucket?.url],
    ['{{bucket_key}}', bucket?.fingerprint],
    ['{{bucket_ca}}', bucket?.ca?.trimEnd()],
    ['{{binary}}', bucket?.binary],
    ['{{system_id}}', systemId],
    ['{{node}}', process.execPath],
    ['{{program}}', resolve(import.meta.dirname, '../../bin/runner-setup.js')],
    ['{{host}}', hostname()],
    ['{{own_address}}', ownAddress],
  ];
  return known.filter((pair): pair is [string, string] => Boolean(pair[1]));
}

// The address of this machine that others reach it by; without one the program says this, too.
const ownAddress =
  Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    .find(({ internal, family }) => !internal && family === 'IPv4')?.address ?? 'ADDRESS-OF-THIS-MACHINE';

function serverPairs({ url, ca, chain }: Place): Array<[string, string | undefined]> {
  const { host, port } = new URL(url);
  const leaf = chain === undefined ? undefined : new X509Certificate(chain);
  return [
    ['{{gitlab}}', url.replace(/\/+$/, '')],
    ['{{address}}', host],
    ['{{port}}', port],
    ['{{chain}}', chain?.trimEnd()],
    ['{{ca}}', ca?.trimEnd()],
    ['{{sha256}}', leaf?.fingerprint256],
    ['{{ca_sha256}}', ca === undefined ? undefined : new X509Certificate(ca).fingerprint256],
    ['{{valid_from}}', leaf && dayOf(leaf.validFrom)],
    ['{{valid_to}}', leaf && dayOf(leaf.validTo)],
  ];
}

const dayOf = (time: string) => new Date(time).toISOString().slice(0, 10);

// A host called `n` or `vm` must not be found inside other names.
const whole = (value: string) => new RegExp(`(?<![\\w.-])${literal(value)}(?![\\w-])`, 'g');

const literal = (text: string) => text.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&');

// Of ISO 8601, and of HTTP.
const timeForm =
  /\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+]00:00)?|\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT/g;

function isNow(time: string, { since }: Facts): boolean {
  const meant = Date.parse(/(Z|00:00|GMT)$/.test(time) ? time : `${time.replace(' ', 'T')}Z`);
  return meant >= since - 2000 && meant <= Date.now() + 2000;
}
