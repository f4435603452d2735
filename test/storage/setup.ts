import type { HttpsSetup } from '../gitlab/setup.ts';

/** What a stand-in storage knows; serialisable as JSON, so a test case can keep it in a file. */
export interface StorageSetup {
  /** Whose API it has; `website` is no storage. */
  kind: 's3' | 'gcs' | 'azure' | 'website';
  /** S3: secret keys by access key. Azure: account keys by account. GCS: the accounts, whose key is `{{storage_key}}`. */
  keys?: Record<string, string>;
  buckets?: string[];
  /** S3: the access key that a role gives to who assumes it, by its ARN; its STS is the same server. */
  roles?: Record<string, string>;
  /** S3: the region that requests have to be signed for. */
  region?: string;
  /** S3: the host before which a bucket may stand; without one the bucket is in the path. */
  host?: string;
  /** What nobody may do. */
  denied?: Array<'PUT' | 'GET' | 'DELETE'>;
  /** How many seconds its clock is ahead. */
  ahead?: number;
  https?: boolean | HttpsSetup;
}

/** What a request is made of, for those who check it. */
export interface Asked {
  readonly method: string;
  /** With the query, as it was sent. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** The clock of the storage. */
  readonly now: Date;
}

/** The status, and the error in XML or the content of an object. */
export interface Told {
  readonly status: number;
  readonly code?: string;
  readonly message?: string;
  readonly parts?: Readonly<Record<string, string>>;
  readonly content?: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a storage holds, by bucket and name. */
export type Held = Map<string, Buffer>;

/** The server's 15 minutes within which a request has to be. */
export const isSkewed = (stated: number, now: Date): boolean =>
  Number.isNaN(stated) || Math.abs(stated - now.getTime()) > 15 * 60_000;

/** Puts, gets, or deletes an object that may be dealt with. */
export function deal(held: Held, { method, body }: Asked, place: string, missing: Told): Told {
  if (method === 'PUT') held.set(place, body);
  if (method === 'PUT') return { status: 200 };
  const content = held.get(place);
  if (content === undefined) return missing;
  if (method === 'DELETE') held.delete(place);
  return method === 'DELETE' ? { status: 204 } : { status: 200, content };
}
