import { createHmac } from 'node:crypto';
import { type Asked, deal, type Held, isSkewed, type StorageSetup, type Told } from './setup.ts';

/** Answers as Azure Blob Storage does to requests that are signed by Shared Key, as its documentation describes them. */
export function answerAzure(setup: StorageSetup, held: Held, asked: Asked): Told {
  const { method, target, headers } = asked;
  if (headers['x-ms-version'] === undefined)
    return { status: 400, code: 'MissingRequiredHeader', message: 'A required header was not specified.' };
  if (!isSigned(setup, asked)) {
    const message = 'Server failed to authenticate the request.\nRequestId:0';
    return { status: 403, code: 'AuthenticationFailed', message };
  }
  const [container = '', ...rest] = decodeURIComponent(target.slice(1)).split('/');
  if (setup.denied?.some((one) => one === method)) {
    const message = 'This request is not authorized to perform this operation.';
    return { status: 403, code: 'AuthorizationFailure', message };
  }
  if (!setup.buckets?.includes(container))
    return { status: 404, code: 'ContainerNotFound', message: 'The specified container does not exist.' };
  if (method === 'PUT' && headers['x-ms-blob-type'] !== 'BlockBlob')
    return { status: 400, code: 'MissingRequiredHeader', message: 'A required header was not specified.' };
  const told = deal(held, asked, `${container}/${rest.join('/')}`, { status: 404, code: 'BlobNotFound' });
  return { ...told, status: told.content ? 200 : ({ 200: 201, 204: 202 }[told.status] ?? told.status) };
}

const standard = [
  'content-encoding',
  'content-language',
  'content-length',
  'content-md5',
  'content-type',
  'date',
  'if-modified-since',
  'if-match',
  'if-none-match',
  'if-unmodified-since',
  'range',
];

function isSigned({ keys = {} }: StorageSetup, { method, target, headers, now }: Asked): boolean {
  const [, account = '', signature] = /^SharedKey ([a-z0-9]+):(\S+)$/.exec(headers.authorization ?? '') ?? [];
  if (keys[account] === undefined || isSkewed(Date.parse(headers['x-ms-date'] ?? ''), now)) return false;
  const value = (name: string) =>
    name === 'content-length' && headers[name] === '0' ? '' : (headers[name] ?? '');
  const own = Object.keys(headers).filter((name) => name.startsWith('x-ms-'));
  const lines = own.sort().map((name) => `${name}:${headers[name]!.trim()}`);
  const text = [method, ...standard.map(value), ...lines, `/${account}${target}`].join('\n');
  return (
    createHmac('sha256', Buffer.from(keys[account], 'base64')).update(text).digest('base64') === signature
  );
}
