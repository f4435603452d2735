import type { Connection } from '../gitlab/connection.ts';
import { type Answer, send } from '../gitlab/send.ts';
import { harmless } from '../text/sanitize.ts';
import { faultOfNetwork } from './network.ts';
import { usualRegion } from './s3-address.ts';
import { type S3Key, signForAws } from './signature.ts';
import { encodePart, type Fault, xmlError } from './store.ts';

/** A role of AWS, and who assumes it. */
interface Role {
  readonly arn: string;
  readonly key: S3Key;
  /** Empty where it is not set. */
  readonly region: string;
  /** Another STS than Amazon's for the region. */
  readonly endpoint?: string | undefined;
}

/** Assumes a role at AWS STS, as gitlab-runner does for each transfer; gives its keys, or why it got none. */
export async function assumeRole(
  role: Role,
  connectionTo: (url: string) => Connection,
  now: Date,
): Promise<S3Key | Fault> {
  const region = role.region || usualRegion;
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const { origin, host } = new URL(role.endpoint || `https://sts.${region}.${domain}`);
  const body = Buffer.from(formOf(role.arn));
  const own = { host, 'content-type': 'application/x-www-form-urlencoded' };
  const request = { method: 'POST', path: '/', headers: own, body } as const;
  const headers = signForAws(request, role.key, { service: 'sts', region, now });
  const connection = connectionTo(origin);
  try {
    const answer = await send(connection, { method: 'POST', url: `${origin}/`, headers, body });
    return keyIn(answer) ?? refusalOf(answer, role.arn);
  } catch (error) {
    connection.signal?.throwIfAborted();
    return faultOfNetwork(error, connection).fault;
  }
}

const formOf = (arn: string): string =>
  Object.entries({
    Action: 'AssumeRole',
    Version: '2011-06-15',
    RoleArn: arn,
    RoleSessionName: 'runner-setup-cache-test',
    DurationSeconds: '900',
  })
    .map(([name, value]) => `${name}=${encodePart(value)}`)
    .join('&');

function keyIn(answer: Answer): S3Key | undefined {
  const { part } = xmlError(answer);
  const [id, secret, token] = [part('AccessKeyId'), part('SecretAccessKey'), part('SessionToken')];
  return answer.status === 200 && id !== '' && secret !== '' ? { id, secret, token } : undefined;
}

function refusalOf(answer: Answer, arn: string): Fault {
  const { code, message } = xmlError(answer);
  // MinIO calls a wrong signature AccessDenied.
  const isKey =
    /^(InvalidClientTokenId|SignatureDoesNotMatch|ExpiredToken|InvalidAccessKeyId)/.test(code) ||
    /signature/i.test(message);
  const said = code === '' ? '' : `, ${harmless(`${code}: ${message}`.replace(/\.$/, ''), 300)}`;
  return {
    problem: isKey ? 'credentials' : 'permission',
    message: `The credentials cannot assume the role ${harmless(arn, 200)}.`,
    why: `AWS STS responded with HTTP ${answer.status}${said}.`,
    next: isKey
      ? 'Check the keys of the cache, or of the machine.'
      : 'Allow sts:AssumeRole for the role, and name who assumes it in the trust policy of the role.',
  };
}
