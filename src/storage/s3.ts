import type { Answer } from '../gitlab/send.ts';
import { harmless } from '../text/sanitize.ts';
import { addressOf, type S3Address, type S3Place, usualRegion } from './s3-address.ts';
import { type S3Key, signForAws } from './signature.ts';
import {
  type Act,
  clockWords,
  encodePath,
  type Fault,
  type Store,
  type StoreContext,
  skewOf,
  xmlError,
} from './store.ts';

/** An S3 service and what opens it. */
interface S3Settings extends S3Place {
  readonly key: S3Key;
  /** As gitlab-runner writes it, such as `KMS`; empty for none. */
  readonly encryption: string;
  readonly encryptionKey: string;
}

/** An object at an S3 service, by the very settings of a runner; throws TypeError for an address that is none. */
export function s3Store(settings: S3Settings, context: StoreContext): Store {
  const address = addressOf(settings);
  const { object } = context;
  return {
    url: address.origin,
    bucket: settings.bucket,
    object,
    request(act, body) {
      const method = methods[act];
      const path = encodePath(`${address.prefix}/${object}`);
      const { host } = new URL(address.origin);
      const sent = act === 'put' ? body : Buffer.alloc(0);
      const headers = { host, ...(act === 'put' && encryptionHeaders(settings)) };
      const region = settings.region || usualRegion;
      const signed = signForAws({ method, path, headers, body: sent }, settings.key, {
        service: 's3',
        region,
        now: context.now(),
      });
      return { method, url: address.origin + path, headers: signed, body: act === 'put' ? sent : null };
    },
    refusal: (act, answer) => refusalOf({ act, answer, settings, address, context }),
    unreachable: (problem) => unreachedBucket(problem, { settings, address, context }),
  };
}

const methods = { put: 'PUT', get: 'GET', delete: 'DELETE' } as const;

/** The encryption that S3 knows by the names that gitlab-runner takes. */
const encryptions: Readonly<Record<string, string>> = {
  S3: 'AES256',
  AES256: 'AES256',
  KMS: 'aws:kms',
  'AWS:KMS': 'aws:kms',
  'DSSE-KMS': 'aws:kms:dsse',
  'AWS:KMS:DSSE': 'aws:kms:dsse',
};

function encryptionHeaders({ encryption, encryptionKey }: S3Settings): Record<string, string> {
  const kind = encryptions[encryption.toUpperCase()];
  if (kind === undefined) return {};
  const isByKey = kind !== 'AES256' && encryptionKey !== '';
  return {
    'x-amz-server-side-encryption': kind,
    ...(isByKey && { 'x-amz-server-side-encryption-aws-kms-key-id': encryptionKey }),
  };
}

interface Refusal {
  readonly act: Act;
  readonly answer: Answer;
  readonly settings: S3Settings;
  readonly address: S3Address;
  readonly context: StoreContext;
}

function refusalOf(refusal: Refusal): Fault {
  const { answer } = refusal;
  const { code, message } = xmlError(answer);
  const why = code === '' ? undefined : `The server says: ${harmless(`${code}: ${message}`, 300)}`;
  const fault =
    regionFault(refusal) ?? clockFault(refusal, code) ?? styleFault(refusal) ?? byCode[code]?.(refusal);
  const found = fault ?? withoutCode(refusal, code);
  return { ...(why && { why: /[.!?]$/.test(why) ? why : `${why}.` }), ...found };
}

/** The region that the server says instead of the one that was used. */
function regionFault({ answer, settings, address, context }: Refusal): Fault | undefined {
  const { code, part } = xmlError(answer);
  const told = [answer.headers['x-amz-bucket-region']].flat()[0] ?? part('Region');
  const isRedirect = answer.status === 301 || answer.status === 307;
  const isAboutIt =
    /region/i.test(part('Message')) || isRedirect || code === 'IllegalLocationConstraintException';
  const used = settings.region || usualRegion;
  if (!isAboutIt || told === used || (told === '' && !/Malformed|region/i.test(code + part('Message'))))
    return undefined;
  const message = `The region ${settings.region === '' ? `${used}, the default,` : used} is wrong for the bucket ${settings.bucket}.`;
  const region = told === '' ? 'REGION' : harmless(told, 60);
  return {
    problem: 'region',
    message,
    next: `${told === '' ? 'Set the region of the bucket' : 'Set the region that the server names'}: ${context.edit(`--cache-s3-bucket-location ${region}`)}`,
    // gitlab-runner asks Amazon for the region of a bucket where none is set.
    ...(address.isAmazon &&
      settings.region === '' &&
      told !== '' && { instead: s3Store({ ...settings, region }, context) }),
  };
}

// A server that looks for the bucket in the path only takes the first part of the name of the object for it.
function styleFault({ answer, settings, address, context }: Refusal): Fault | undefined {
  const { code, part } = xmlError(answer);
  if (address.isPathStyle || address.isAmazon) return undefined;
  const found = part('BucketName');
  if (found === settings.bucket || (found === '' && code !== 'InvalidBucketName')) return undefined;
  return {
    problem: 'path-style',
    message: `The server does not look for the bucket ${settings.bucket} in the host name.`,
    next: `Put the bucket name in the path: ${context.edit('--cache-s3-path-style')}`,
  };
}

// S3 takes 15 minutes.
function clockFault({ answer, context }: Refusal, code: string): Fault | undefined {
  if (!/^(RequestTimeTooSkewed|RequestExpired|AccessDenied|SignatureDoesNotMatch)$/.test(code))
    return undefined;
  const skew = skewOf(answer, context.now());
  if (code !== 'RequestTimeTooSkewed' && Math.abs(skew ?? 0) < 600) return undefined;
  return clockWords(skew);
}

const credentials = ({ context }: Refusal, message: string): Fault => ({
  problem: 'credentials',
  message,
  next: `Check the keys, and enter them again: ${context.edit('')}`,
});

const ownerActions = { put: 's3:PutObject', get: 's3:GetObject', delete: 's3:DeleteObject' } as const;

const byCode: Readonly<Record<string, (refusal: Refusal) => Fault>> = {
  InvalidAccessKeyId: (it) => credentials(it, 'The server does not know the access key.'),
  SignatureDoesNotMatch: (it) => credentials(it, 'The secret key does not belong to the access key.'),
  InvalidToken: (it) => credentials(it, 'The session token is not valid.'),
  ExpiredToken: (it) => credentials(it, 'The session token has expired.'),
  NoSuchBucket: ({ settings, context }) => ({
    problem: 'bucket',
    message: `The bucket ${settings.bucket} does not exist.`,
    next: `Create the bucket, or set another one: ${context.edit('--cache-s3-bucket-name BUCKET')}`,
  }),
  InvalidBucketName: ({ settings, context }) => ({
    problem: 'bucket',
    message: `The server refuses the bucket name ${settings.bucket}.`,
    next: `Set another bucket: ${context.edit('--cache-s3-bucket-name BUCKET')}`,
  }),
  AccessDenied: ({ act, settings, context }) => ({
    problem: 'permission',
    message: `The access key may not ${act} objects in the bucket ${settings.bucket}.`,
    next: `Allow ${ownerActions[act]} for arn:aws:s3:::${settings.bucket}/${context.object.replace(/(runner\/[^/]*\/)?project\/.*/, '')}* in the policy of the key or the bucket.`,
  }),
  AllAccessDisabled: ({ settings }) => ({
    problem: 'permission',
    message: `All access to the bucket ${settings.bucket} is disabled.`,
    next: 'Enable the bucket, or use another one.',
  }),
  PermanentRedirect: (it) => otherEndpoint(it),
  TemporaryRedirect: (it) => otherEndpoint(it),
};

function otherEndpoint({ answer, settings, context }: Refusal): Fault {
  const host = harmless(xmlError(answer).part('Endpoint'), 200).replace(`${settings.bucket}.`, '') || 'HOST';
  return {
    problem: 'region',
    message: `The bucket ${settings.bucket} is at another endpoint.`,
    next: `Set the endpoint that the server names: ${context.edit(`--cache-s3-server-address ${host}`)}`,
  };
}

// What has no code of its own, or none of S3.
function withoutCode(refusal: Refusal, code: string): Fault {
  const { answer, settings, context, act, address } = refusal;
  if (
    /^KMS\.|Encryption|^NotImplemented$/i.test(code + xmlError(answer).message) &&
    settings.encryption !== ''
  )
    return {
      problem: 'encryption',
      message: `The server refuses ServerSideEncryption = "${settings.encryption}".`,
      next: `Check the encryption and its key, or remove it: ${context.unset('cache.s3.ServerSideEncryption')}`,
    };
  if (/HTTP request to an HTTPS server|plain HTTP request/i.test(answer.text))
    return {
      problem: 'settings',
      message: `${address.origin} requires HTTPS.`,
      next: `Use HTTPS: ${context.edit('--cache-s3-insecure=false')}`,
    };
  if (/made to API port/i.test(answer.text)) return notS3(refusal);
  if (code !== '' || answer.status >= 500)
    return {
      problem: 'other',
      message: `${address.origin} refused to ${act} the object (HTTP ${answer.status}).`,
      next:
        answer.status >= 500
          ? 'Run the command again in a few minutes.'
          : 'Check the message from the server.',
    };
  return notS3(refusal);
}

function notS3({ answer, address, context, settings }: Refusal): Fault {
  const isStyle = !address.isPathStyle && !address.isAmazon;
  return {
    problem: isStyle ? 'path-style' : 'not-storage',
    message: `${address.origin} does not respond like an S3 service.`,
    why: `It responded with HTTP ${answer.status}${/<html|<!doctype/i.test(answer.text) ? ' and a web page' : ''}.`,
    next: isStyle
      ? `Put the bucket name in the path: ${context.edit('--cache-s3-path-style')}`
      : `Check the host and port. A web console often has another port than the S3 API: ${context.edit(`--cache-s3-server-address ${settings.serverAddress.replace(/:\d+$/, '')}:PORT`)}`,
  };
}

/** What it means that no answer came, where the name of the bucket is a part of the host's. */
function unreachedBucket(
  problem: string,
  { settings, address, context }: Omit<Refusal, 'act' | 'answer'>,
): Partial<Fault> | undefined {
  if (problem === 'plain')
    return { problem: 'settings', next: `Use HTTP: ${context.edit('--cache-s3-insecure')}` };
  if ((problem !== 'name' && problem !== 'tls-name') || address.isPathStyle) return undefined;
  if (address.isAmazon) {
    const next = `Check the region and the bucket: ${context.edit('--cache-s3-bucket-location REGION')}`;
    return problem === 'name' ? { next } : undefined;
  }
  return {
    problem: 'path-style',
    why: `The bucket name ${settings.bucket} is put before the host name, which this server may not support.`,
    next: `Put the bucket name in the path: ${context.edit('--cache-s3-path-style')}`,
  };
}
