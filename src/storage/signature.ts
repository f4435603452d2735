import { createHash, createHmac } from 'node:crypto';

/** A request as it is signed: path and query are encoded already. */
interface Unsigned {
  readonly method: string;
  readonly path: string;
  /** Sorted by name. */
  readonly query: readonly (readonly [string, string])[];
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** The hash of the body in hexadecimal, or what stands for it. */
  readonly payload: string;
}

/** What an S3 service knows a caller by. */
export interface S3Key {
  readonly id: string;
  readonly secret: string;
  readonly token?: string;
}

/** The SHA-256 of a text or of bytes, in hexadecimal. */
export const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');

/** A moment as signatures write it, such as `20260131T120000Z`. */
export const stampOf = (now: Date): string => now.toISOString().replace(/[-:]|\.\d{3}/g, '');

/** The names of signed headers, as they stand in a signature. */
export const signedNames = (headers: Unsigned['headers']): string => Object.keys(headers).sort().join(';');

/** What is signed by Amazon's and Google's version 4: the algorithm, the moment, the scope, and the hash of the request. */
export function textToSign(algorithm: string, stamp: string, scope: string, request: Unsigned): string {
  const { method, path, query, headers, payload } = request;
  const lines = Object.keys(headers)
    .sort()
    .map((name) => `${name}:${headers[name]!.trim().replace(/ +/g, ' ')}\n`);
  const words = query.map(([name, value]) => `${name}=${value}`).join('&');
  const canonical = [method, path, words, lines.join(''), signedNames(headers), payload].join('\n');
  return [algorithm, stamp, scope, sha256(canonical)].join('\n');
}

/** The headers of a request to a service of AWS, such as `s3`, with those that sign it by AWS Signature Version 4. */
export function signForAws(
  request: Omit<Unsigned, 'query' | 'payload'> & { readonly body: Buffer },
  key: S3Key,
  { service, region, now }: { service: string; region: string; now: Date },
): Record<string, string> {
  const stamp = stampOf(now);
  const scope = `${stamp.slice(0, 8)}/${region}/${service}/aws4_request`;
  const payload = sha256(request.body);
  const headers = {
    ...request.headers,
    'x-amz-content-sha256': payload,
    'x-amz-date': stamp,
    ...(key.token && { 'x-amz-security-token': key.token }),
  };
  const text = textToSign('AWS4-HMAC-SHA256', stamp, scope, { ...request, query: [], headers, payload });
  const derived = scope
    .split('/')
    .reduce<Buffer | string>((last, part) => hmac(last, part), `AWS4${key.secret}`);
  const signature = hmac(derived, text).toString('hex');
  const credential = `Credential=${key.id}/${scope}`;
  const authorization = `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${signedNames(headers)}, Signature=${signature}`;
  return { ...headers, authorization };
}

const hmac = (key: Buffer | string, text: string): Buffer => createHmac('sha256', key).update(text).digest();
