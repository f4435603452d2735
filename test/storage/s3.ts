import { createHash } from 'node:crypto';
import { sign } from 'aws4';
import { type Asked, deal, type Held, isSkewed, type StorageSetup, type Told } from './setup.ts';

/** Answers as S3 does; signatures are checked by aws4, which knows nothing of the program. */
export function answerS3(setup: StorageSetup, held: Held, asked: Asked): Told {
  if (asked.method === 'POST') return answerSts(setup, asked);
  const refused = signatureFault(setup, asked, 's3');
  if (refused !== undefined) return refused;
  const { bucket, key } = placeOf(setup, asked);
  if (bucket.length < 3) {
    const message = 'The specified bucket is not valid.';
    return { status: 400, code: 'InvalidBucketName', message, parts: { BucketName: bucket } };
  }
  if (!setup.buckets?.includes(bucket)) {
    const message = 'The specified bucket does not exist';
    return { status: 404, code: 'NoSuchBucket', message, parts: { BucketName: bucket } };
  }
  if (setup.denied?.some((one) => one === asked.method))
    return { status: 403, code: 'AccessDenied', message: 'Access Denied.' };
  if (/^aws:kms/.test(asked.headers['x-amz-server-side-encryption'] ?? ''))
    return { status: 501, code: 'NotImplemented', message: 'Server side encryption is not configured' };
  return deal(held, asked, `${bucket}/${key}`, { status: 404, code: 'NoSuchKey' });
}

/** A role that may be assumed gives keys of its own, which last as long as the stand-in. */
function answerSts(setup: StorageSetup, asked: Asked): Told {
  const refused = signatureFault(setup, asked, 'sts');
  if (refused !== undefined) return refused;
  const form = new URLSearchParams(String(asked.body));
  const role = setup.roles?.[form.get('RoleArn') ?? ''];
  const isAsked = form.get('Action') === 'AssumeRole' && form.get('Version') === '2011-06-15';
  if (!isAsked || role === undefined)
    return {
      status: 403,
      code: 'AccessDenied',
      message: 'User is not authorized to perform: sts:AssumeRole',
    };
  const secret = setup.keys?.[role];
  const keys = `<AccessKeyId>${role}</AccessKeyId><SecretAccessKey>${secret}</SecretAccessKey>`;
  const words = `<AssumeRoleResponse><AssumeRoleResult><Credentials>${keys}<SessionToken>session</SessionToken></Credentials></AssumeRoleResult></AssumeRoleResponse>`;
  return { status: 200, content: Buffer.from(words) };
}

const form =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/(s3|sts)\/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=[0-9a-f]{64}$/;

function signatureFault(
  setup: StorageSetup,
  { method, target, headers, body, now }: Asked,
  service: 's3' | 'sts',
): Told | undefined {
  const [, id = '', day, region = '', named, names = ''] = form.exec(headers.authorization ?? '') ?? [];
  const refuse = (status: number, code: string, message: string, parts = {}) => ({
    status,
    code,
    message,
    parts,
  });
  if (id === '' || named !== service) return refuse(403, 'AccessDenied', 'Access Denied.');
  const secret = setup.keys?.[id];
  if (secret === undefined)
    return refuse(403, 'InvalidAccessKeyId', 'The Access Key Id you provided does not exist in our records.');
  const wanted = setup.region ?? 'us-east-1';
  if (region !== wanted) {
    const message = `The authorization header is malformed; the region '${region}' is wrong; expecting '${wanted}'`;
    return refuse(400, 'AuthorizationHeaderMalformed', message, { Region: wanted });
  }
  const stamp = headers['x-amz-date'] ?? '';
  const time = Date.parse(stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (isSkewed(time, now) || day !== stamp.slice(0, 8))
    return refuse(
      403,
      'RequestTimeTooSkewed',
      'The difference between the request time and the current time is too large.',
    );
  if (headers['x-amz-content-sha256'] !== createHash('sha256').update(body).digest('hex'))
    return refuse(400, 'XAmzContentSHA256Mismatch', 'The provided header does not match what was computed.');
  const signed = Object.fromEntries(names.split(';').map((name) => [name, headers[name] ?? '']));
  const loose = Object.keys(headers).filter((name) => name.startsWith('x-amz-') && !(name in signed));
  const key = { accessKeyId: id, secretAccessKey: secret };
  const again = sign(
    {
      service,
      region,
      method,
      host: headers.host ?? '',
      path: target,
      headers: signed,
      ...(service === 'sts' && { body, extraHeadersToIgnore: { 'content-length': true } }),
    },
    key,
  );
  if (loose.length === 0 && again.headers.Authorization === headers.authorization) return undefined;
  const message = 'The request signature we calculated does not match the signature you provided.';
  return refuse(403, 'SignatureDoesNotMatch', message);
}

function placeOf({ host }: StorageSetup, { target, headers }: Asked): { bucket: string; key: string } {
  const path = decodeURIComponent(target.slice(1));
  const name = (headers.host ?? '').replace(/:\d+$/, '');
  if (host !== undefined && name.endsWith(`.${host}`))
    return { bucket: name.slice(0, -host.length - 1), key: path };
  const [bucket = '', ...rest] = path.split('/');
  return { bucket, key: rest.join('/') };
}
