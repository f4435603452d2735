import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { exitCode, Trouble } from '../errors.ts';
import type { Answer } from '../gitlab/send.ts';
import { harmless } from '../text/sanitize.ts';
import type { GcsAccount } from './gcs-account.ts';
import { signedNames, stampOf, textToSign } from './signature.ts';
import {
  type Act,
  clockWords,
  encodePart,
  encodePath,
  type Fault,
  type Store,
  type StoreContext,
  skewOf,
  xmlError,
} from './store.ts';

/** A bucket of Google Cloud Storage and the service account that opens it. */
interface GcsSettings extends GcsAccount {
  readonly bucket: string;
  readonly universe: string;
  /** The most bytes that an upload may have; 0 for no limit. */
  readonly largest: number;
}

/**
 * An object in a bucket of Google Cloud Storage, asked for by URLs that are signed with the key of the service account, as
 * gitlab-runner does it. Throws a `Trouble` for a key that cannot be read.
 */
export function gcsStore(settings: GcsSettings, context: StoreContext): Store {
  const url = `https://storage.${settings.universe || 'googleapis.com'}`;
  const key = readKey(settings.privateKey, context);
  const { bucket } = settings;
  return {
    url,
    bucket,
    object: context.object,
    request(act, body) {
      const method = methods[act];
      const path = encodePath(`/${bucket}/${context.object}`);
      const headers = act === 'put' ? putHeaders(settings) : {};
      const query = signedQuery(
        { method, path, headers, host: new URL(url).host },
        settings,
        key,
        context.now(),
      );
      return { method, url: `${url}${path}?${query}`, headers, body: act === 'put' ? body : null };
    },
    refusal: (act, answer) => refusalOf(act, answer, settings, context),
  };
}

const methods = { put: 'PUT', get: 'GET', delete: 'DELETE' } as const;

const putHeaders = ({ largest }: GcsSettings): Record<string, string> => ({
  'content-type': 'application/octet-stream',
  ...(largest > 0 && { 'x-goog-content-length-range': `0,${largest}` }),
});

function readKey(pem: string, context: StoreContext): KeyObject {
  try {
    return createPrivateKey(pem.replaceAll('\\n', '\n'));
  } catch (cause) {
    throw new Trouble('The private key of the service account cannot be read.', {
      why: 'It is not a private key in PEM format.',
      hint: `Use the JSON key file of the service account: ${context.edit('--cache-gcs-credentials-file FILE')}`,
      code: exitCode.usage,
      cause,
    });
  }
}

interface Signing {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly host: string;
}

function signedQuery(
  { method, path, headers, host }: Signing,
  { account }: GcsSettings,
  key: KeyObject,
  now: Date,
): string {
  const stamp = stampOf(now);
  const scope = `${stamp.slice(0, 8)}/auto/storage/goog4_request`;
  const signed = { host, ...headers };
  const query = [
    ['X-Goog-Algorithm', 'GOOG4-RSA-SHA256'],
    ['X-Goog-Credential', `${account}/${scope}`],
    ['X-Goog-Date', stamp],
    ['X-Goog-Expires', '600'],
    ['X-Goog-SignedHeaders', signedNames(signed)],
  ].map(([name = '', value = '']) => [name, encodePart(value)] as const);
  const request = { method, path, query, headers: signed, payload: 'UNSIGNED-PAYLOAD' };
  const text = textToSign('GOOG4-RSA-SHA256', stamp, scope, request);
  const signature = sign('sha256', Buffer.from(text), key).toString('hex');
  return [...query, ['X-Goog-Signature', signature]].map(([name, value]) => `${name}=${value}`).join('&');
}

const permissions = {
  put: 'storage.objects.create',
  get: 'storage.objects.get',
  delete: 'storage.objects.delete',
} as const;

function refusalOf(act: Act, answer: Answer, settings: GcsSettings, context: StoreContext): Fault {
  const { code, message, part } = xmlError(answer);
  const why =
    code === ''
      ? undefined
      : `Google says: ${harmless(`${code}: ${message} ${part('Details')}`, 300)}`.trim();
  const found = faultOf(act, answer, settings, context);
  return { ...(why && { why: /[.!?]$/.test(why) ? why : `${why}.` }), ...found };
}

function faultOf(act: Act, answer: Answer, settings: GcsSettings, context: StoreContext): Fault {
  const { code } = xmlError(answer);
  const skew = skewOf(answer, context.now());
  if (code !== 'NoSuchBucket' && answer.status < 500 && Math.abs(skew ?? 0) >= 600) return clockWords(skew);
  const { bucket, account } = settings;
  if (code === 'NoSuchBucket')
    return {
      problem: 'bucket',
      message: `The bucket ${bucket} does not exist.`,
      next: `Create the bucket, or set another one: ${context.edit('--cache-gcs-bucket-name BUCKET')}`,
    };
  if (/^(SignatureDoesNotMatch|InvalidAccessKeyId|InvalidSecurity|AuthenticationRequired)$/.test(code))
    return {
      problem: 'credentials',
      message: `Google does not accept the key of ${account}.`,
      next: `Create a new key of the service account, and set it: ${context.edit('--cache-gcs-credentials-file FILE')}`,
    };
  if (code === 'AccessDenied')
    return {
      problem: 'permission',
      message: `${account} may not ${act} objects in the bucket ${bucket}.`,
      next: `Give the service account the permission ${permissions[act]} for the bucket, as the role Storage Object User has it.`,
    };
  if (code === '' && answer.status < 500)
    return {
      problem: 'not-storage',
      message: `https://storage.${settings.universe || 'googleapis.com'} does not respond like Google Cloud Storage.`,
      why: `It responded with HTTP ${answer.status}.`,
      next: `Check the universe domain and the proxy: ${context.edit('--cache-gcs-universe-domain DOMAIN')}`,
    };
  return {
    problem: 'other',
    message: `Google Cloud Storage refused to ${act} the object (HTTP ${answer.status}).`,
    next: answer.status >= 500 ? 'Run the command again in a few minutes.' : 'Check the message from Google.',
  };
}
