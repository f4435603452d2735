import type { Connection } from '../gitlab/connection.ts';
import { send } from '../gitlab/send.ts';
import type { S3Key } from './signature.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** The AWS keys of the environment; nothing when it has none. */
export function keyOfEnvironment(env: Env): S3Key | undefined {
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: token } = env;
  if (!id || !secret) return undefined;
  return { id, secret, ...(token && { token }) };
}

/** The keys that the metadata service of an AWS instance hands out for its role; nothing when there is no such service. */
export async function keyOfInstance(
  env: Env,
  connectionTo: (url: string) => Connection,
): Promise<S3Key | undefined> {
  const url = env.AWS_EC2_METADATA_SERVICE_ENDPOINT?.replace(/\/+$/, '') || 'http://169.254.169.254';
  const timeouts = { connect: 2000, answer: 2000 };
  const to = { ...connectionTo(url), proxies: {}, timeouts };
  const read = async (path: string, token: string): Promise<string> => {
    const headers = { 'x-aws-ec2-metadata-token': token };
    const answer = await send(to, { method: 'GET', url: `${url}/latest/meta-data/${path}`, headers });
    return answer.status === 200 ? answer.text : '';
  };
  try {
    const headers = { 'x-aws-ec2-metadata-token-ttl-seconds': '60' };
    const { text } = await send(to, { method: 'PUT', url: `${url}/latest/api/token`, headers });
    const roles = 'iam/security-credentials/';
    const role = (await read(roles, text)).split('\n')[0]!;
    return role === '' ? undefined : keyIn(await read(roles + role, text));
  } catch {
    to.signal?.throwIfAborted();
    return undefined;
  }
}

function keyIn(text: string): S3Key | undefined {
  const { AccessKeyId: id, SecretAccessKey: secret, Token: token } = JSON.parse(text || '{}');
  if (typeof id !== 'string' || typeof secret !== 'string') return undefined;
  return { id, secret, ...(typeof token === 'string' && { token }) };
}
