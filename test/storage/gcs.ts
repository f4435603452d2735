import { createHash, type KeyObject, verify } from 'node:crypto';
import { type Asked, deal, type Held, type StorageSetup, type Told } from './setup.ts';

/** Answers as Google Cloud Storage does to URLs that are signed by its version 4, as its documentation describes them. */
export function answerGcs(setup: StorageSetup, held: Held, asked: Asked, key: KeyObject): Told {
  const url = new URL(asked.target, 'https://storage.example.com');
  const refused = signatureFault(setup, asked, url, key);
  if (refused !== undefined) return refused;
  const [bucket = '', ...rest] = decodeURIComponent(url.pathname.slice(1)).split('/');
  if (!setup.buckets?.includes(bucket))
    return { status: 404, code: 'NoSuchBucket', message: 'The specified bucket does not exist.' };
  const action = { PUT: 'create', GET: 'get', DELETE: 'delete' }[asked.method];
  if (setup.denied?.some((one) => one === asked.method)) {
    const account = url.searchParams.get('X-Goog-Credential')?.split('/')[0];
    const Details = `${account} does not have storage.objects.${action} access to the Google Cloud Storage object.`;
    return { status: 403, code: 'AccessDenied', message: 'Access denied.', parts: { Details } };
  }
  return deal(held, asked, `${bucket}/${rest.join('/')}`, { status: 404, code: 'NoSuchKey' });
}

function signatureFault(setup: StorageSetup, asked: Asked, url: URL, key: KeyObject): Told | undefined {
  const of = (name: string) => url.searchParams.get(`X-Goog-${name}`) ?? '';
  const [account = '', day, region, service, end] = of('Credential').split('/');
  const isFormed =
    of('Algorithm') === 'GOOG4-RSA-SHA256' &&
    region === 'auto' &&
    service === 'storage' &&
    end === 'goog4_request';
  if (!isFormed) return { status: 400, code: 'InvalidArgument', message: 'Invalid argument.' };
  const stamp = of('Date');
  const begins = Date.parse(stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  const age = (asked.now.getTime() - begins) / 1000;
  if (day !== stamp.slice(0, 8) || !(age < Number(of('Expires'))) || age < -900)
    return { status: 400, code: 'ExpiredToken', message: 'Invalid argument.' };
  const names = of('SignedHeaders').split(';');
  const isLoose =
    !names.includes('host') ||
    Object.keys(asked.headers).some((name) => name.startsWith('x-goog-') && !names.includes(name));
  const text = signedText(asked, url, names, `${day}/auto/storage/goog4_request`);
  const isKnown = Object.hasOwn(setup.keys ?? {}, account);
  const isRight = verify('sha256', Buffer.from(text), key, Buffer.from(of('Signature'), 'hex'));
  if (!isLoose && isKnown && isRight) return undefined;
  const message = 'Access denied.';
  return { status: 403, code: 'SignatureDoesNotMatch', message };
}

function signedText(
  { method, target, headers }: Asked,
  url: URL,
  names: readonly string[],
  scope: string,
): string {
  const [path = '', query = ''] = target.split('?');
  const words = query
    .split('&')
    .filter((pair) => !pair.startsWith('X-Goog-Signature='))
    .sort()
    .join('&');
  const lines = [...names].sort().map((name) => `${name}:${(headers[name] ?? '').trim()}\n`);
  const request = [method, path, words, lines.join(''), names.join(';'), 'UNSIGNED-PAYLOAD'].join('\n');
  const hash = createHash('sha256').update(request).digest('hex');
  return ['GOOG4-RSA-SHA256', url.searchParams.get('X-Goog-Date'), scope, hash].join('\n');
}
