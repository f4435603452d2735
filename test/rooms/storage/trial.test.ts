import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import S3rver from '@20minutes/s3rver';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keyOfEnvironment, keyOfInstance } from '../../../src/storage/aws-keys.ts';
import { azureStore } from '../../../src/storage/azure.ts';
import { gcsStore } from '../../../src/storage/gcs.ts';
import { accountIn } from '../../../src/storage/gcs-account.ts';
import { s3Store } from '../../../src/storage/s3.ts';
import type { Store, StoreContext } from '../../../src/storage/store.ts';
import { type Trial, tryStore } from '../../../src/storage/trial.ts';
import type { StorageSetup } from '../../storage/setup.ts';
import { startStorage } from '../../storage/stand-in.ts';

const context: StoreContext = {
  object: 'ci/linux (x86)/runner/abcdefghi/project/0/it’s a test+1',
  now: () => new Date(),
  edit: (flags) => `setup ${flags}`,
  unset: (key) => `unset ${key}`,
};

const late = { ...context, now: () => new Date(Date.now() - 20 * 60_000) };

const run = (store: Store, ca: readonly string[] = [], ip = '127.0.0.1'): Promise<Trial> =>
  tryStore(store, (url) => ({
    url,
    agent: 'test',
    proxies: {},
    systemCa: [],
    ca,
    lookup: (_, options, found) =>
      options.all ? found(null, [{ address: ip, family: 4 }]) : found(null, ip, 4),
  }));

const problemsOf = ({ steps }: Trial) => steps.map(({ act, fault }) => [act, fault?.problem ?? 'ok']);
const works = [
  ['put', 'ok'],
  ['get', 'ok'],
  ['delete', 'ok'],
];

const s3 = {
  insecure: true,
  bucket: 'ci-cache',
  region: '',
  dualStack: true,
  accelerate: false,
  encryption: '',
  encryptionKey: '',
};

describe('s3rver, a server that others have written', () => {
  const directory = mkdtempSync(join(tmpdir(), 's3rver-'));
  const server = new S3rver({
    port: 0,
    address: '127.0.0.1',
    silent: true,
    directory,
    configureBuckets: [{ name: 'ci-cache' }],
  });
  let serverAddress = '';
  const key = { id: 'S3RVER', secret: 'S3RVER' };
  const at = (more: object = {}, how = context) => s3Store({ ...s3, serverAddress, key, ...more }, how);

  beforeAll(async () => {
    serverAddress = `127.0.0.1:${(await server.run()).port}`;
  });
  afterAll(async () => {
    await server.close();
    rmSync(directory, { recursive: true, force: true });
  });

  test('takes what is signed, and has nothing of it afterwards', async () => {
    const trial = await run(at());
    expect(problemsOf(trial)).toEqual(works);
    expect(trial.isLeft).toBe(false);
    const { status } = await fetch(`http://${serverAddress}/ci-cache/${encodeURI(context.object)}`);
    expect(status).toBe(404);
  });

  test.each([
    ['a wrong secret key', { key: { ...key, secret: 'WRONG' } }, 'credentials'],
    ['an unknown access key', { key: { ...key, id: 'NOBODY' } }, 'credentials'],
    ['a missing bucket', { bucket: 'nobody' }, 'bucket'],
  ])('says %s', async (_, more, problem) => {
    expect(problemsOf(await run(at(more)))).toEqual([['put', problem]]);
  });

  test('says a clock that is behind', async () => {
    const [put] = (await run(at({}, late))).steps;
    expect(put?.fault?.message).toBe('The clock of this machine is behind by 20 minutes.');
  });
});

describe('the stand-in S3', () => {
  const key = { id: 'ci', secret: 'right-secret' };
  const setup: StorageSetup = { kind: 's3', keys: { ci: 'right-secret' }, buckets: ['ci-cache'] };

  async function tried(given: Partial<StorageSetup>, more: object = {}, how = context) {
    const storage = await startStorage({ ...setup, ...given });
    const port = storage.host.split(':')[1];
    try {
      const place = { ...s3, insecure: storage.ca === undefined, serverAddress: storage.host, key };
      const address = { ...place, ...('host' in more && { serverAddress: `${more.host}:${port}` }) };
      const trial = await run(s3Store({ ...address, ...more }, how), storage.ca ? [storage.ca] : []);
      return { trial, held: storage.held.size, requests: storage.requests };
    } finally {
      await storage.close();
    }
  }

  test('takes what is signed, with a bucket before the host, a session token, and encryption', async () => {
    const more = {
      host: 's3.test',
      pathStyle: false,
      encryption: 'AES256',
      key: { ...key, token: 'session' },
    };
    const { trial, held } = await tried({ host: 's3.test', https: { names: ['*.s3.test'] } }, more);
    expect(problemsOf(trial)).toEqual(works);
    expect(trial.store.url).toMatch(/^https:\/\/ci-cache\.s3\.test:/);
    expect(held).toBe(0);
  });

  test('a region that is wrong is named with the right one', async () => {
    const { trial } = await tried({ region: 'eu-central-1' });
    expect(trial.steps[0]?.fault).toMatchObject({
      problem: 'region',
      message: 'The region us-east-1, the default, is wrong for the bucket ci-cache.',
      next: 'Set the region that the server names: setup --cache-s3-bucket-location eu-central-1',
    });
  });

  test('a server that looks for buckets in the path only is found out', async () => {
    const shared = { ...context, object: 'project/0/test' };
    for (const how of [context, shared]) {
      const { trial } = await tried({}, { host: 's3.test', pathStyle: false }, how);
      expect(problemsOf(trial)).toEqual([['put', 'path-style']]);
    }
  });

  test.each([
    ['PUT', [['put', 'permission']], false, 0],
    [
      'GET',
      [
        ['put', 'ok'],
        ['get', 'permission'],
        ['delete', 'ok'],
      ],
      false,
      0,
    ],
    [
      'DELETE',
      [
        ['put', 'ok'],
        ['get', 'ok'],
        ['delete', 'permission'],
      ],
      true,
      1,
    ],
  ] as const)('says that %s is not allowed', async (denied, steps, isLeft, left) => {
    const { trial, held } = await tried({ denied: [denied] });
    expect(problemsOf(trial)).toEqual(steps);
    expect([trial.isLeft, held]).toEqual([isLeft, left]);
  });

  test('says encryption that the server does not have, and leaves nothing', async () => {
    const { trial, requests } = await tried({}, { encryption: 'KMS', encryptionKey: 'alias/ci' });
    expect(problemsOf(trial)).toEqual([['put', 'encryption']]);
    expect(requests).toHaveLength(1);
  });

  test('an interrupt after the put leaves what deletes the object', async () => {
    const storage = await startStorage(setup);
    const stop = new AbortController();
    const connectionTo = (url: string) => {
      if (storage.held.size > 0) stop.abort(new Error('stopped'));
      return { url, agent: 'test', proxies: {}, signal: stop.signal };
    };
    const store = s3Store({ ...s3, serverAddress: storage.host, key }, context);
    const takes: ((signal: AbortSignal) => Promise<void>)[] = [];
    await expect(tryStore(store, connectionTo, (take) => takes.push(take))).rejects.toThrow('stopped');
    expect(storage.held.size).toBe(1);
    await takes[0]!(new AbortController().signal);
    expect(storage.held.size).toBe(0);
    await storage.close();
  });

  test('says a certificate that is not trusted', async () => {
    const storage = await startStorage({ ...setup, https: true });
    const place = { ...s3, insecure: false, serverAddress: storage.host, key };
    expect(problemsOf(await run(s3Store(place, context)))).toEqual([['put', 'certificate']]);
    await storage.close();
  });
});

describe('the stand-in Google Cloud Storage', () => {
  async function tried(given: Partial<StorageSetup>, how = context, isOther = false) {
    const setup: StorageSetup = { kind: 'gcs', keys: { 'ci@acme.test': '' }, buckets: ['ci_cache'] };
    const storage = await startStorage({ ...setup, https: { names: ['storage.google.test'] }, ...given });
    const other = isOther ? await startStorage({ kind: 'gcs' }) : undefined;
    const text = JSON.stringify({
      type: 'service_account',
      client_email: 'ci@acme.test',
      private_key: (other ?? storage).key!.replaceAll('\\n', '\n'),
    });
    const universe = `google.test:${storage.host.split(':')[1]}`;
    const settings = { ...accountIn(text, 'key.json'), bucket: 'ci_cache', universe, largest: 1_000_000 };
    try {
      return { trial: await run(gcsStore(settings, how), [storage.ca!]), held: storage.held.size };
    } finally {
      await Promise.all([storage.close(), other?.close()]);
    }
  }

  test('takes what is signed, and has nothing of it afterwards', async () => {
    const { trial, held } = await tried({});
    expect(problemsOf(trial)).toEqual(works);
    expect(held).toBe(0);
  });

  test.each<[string, Partial<StorageSetup>, unknown]>([
    ['a missing bucket', { buckets: [] }, [['put', 'bucket']]],
    ['an unknown account', { keys: {} }, [['put', 'credentials']]],
    ['that nobody may put', { denied: ['PUT'] }, [['put', 'permission']]],
    ['a clock that is behind', { ahead: 1200 }, [['put', 'clock']]],
  ])('says %s', async (_, given, steps) => {
    expect(problemsOf((await tried(given)).trial)).toEqual(steps);
  });

  test('says a key of another account', async () => {
    expect(problemsOf((await tried({}, context, true)).trial)).toEqual([['put', 'credentials']]);
  });

  test('a file that is no key file is refused', () => {
    expect(() => accountIn('{"type":"authorized_user"}', 'key.json')).toThrow(
      'key.json is not the key file of a Google service account.',
    );
  });
});

describe('the stand-in Azure Blob Storage', () => {
  const key = Buffer.from('right key of the account').toString('base64');

  async function tried(given: Partial<StorageSetup>, own = key) {
    const setup: StorageSetup = { kind: 'azure', keys: { acme: key }, buckets: ['ci-cache'] };
    const storage = await startStorage({ ...setup, https: { names: ['acme.blob.test'] }, ...given });
    const domain = `blob.test:${storage.host.split(':')[1]}`;
    const store = azureStore({ account: 'acme', key: own, container: 'ci-cache', domain }, context);
    try {
      return { trial: await run(store, [storage.ca!]), held: storage.held.size };
    } finally {
      await storage.close();
    }
  }

  test('takes what is signed, and has nothing of it afterwards', async () => {
    const { trial, held } = await tried({});
    expect(problemsOf(trial)).toEqual(works);
    expect(held).toBe(0);
  });

  test.each<[string, Partial<StorageSetup>, unknown]>([
    ['a missing container', { buckets: [] }, [['put', 'bucket']]],
    [
      'that nobody may get',
      { denied: ['GET'] },
      [
        ['put', 'ok'],
        ['get', 'permission'],
        ['delete', 'ok'],
      ],
    ],
    ['a clock that is ahead', { ahead: -1200 }, [['put', 'clock']]],
  ])('says %s', async (_, given, steps) => {
    expect(problemsOf((await tried(given)).trial)).toEqual(steps);
  });

  test('says a wrong key', async () => {
    const other = Buffer.from('another key').toString('base64');
    expect(problemsOf((await tried({}, other)).trial)).toEqual([['put', 'credentials']]);
  });
});

test('the AWS keys of the environment are taken where both are there', () => {
  const both = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' };
  expect(keyOfEnvironment(both)).toEqual({ id: 'id', secret: 'secret' });
  expect(keyOfEnvironment({ ...both, AWS_SESSION_TOKEN: 'session' })?.token).toBe('session');
  expect(keyOfEnvironment({ AWS_ACCESS_KEY_ID: 'id' })).toBeUndefined();
});

describe('the role of an AWS instance', () => {
  const plain = (url: string) => ({ url, agent: 'test', proxies: {} });

  // The version 2 of the metadata service: a token first, then the name of the role, then its keys.
  const metadata = createServer((request, response) => {
    const isToken = request.method === 'PUT' && request.url === '/latest/api/token';
    if (!isToken && request.headers['x-aws-ec2-metadata-token'] !== 'token') response.statusCode = 401;
    const roles = '/latest/meta-data/iam/security-credentials/';
    const keys = { AccessKeyId: 'id', SecretAccessKey: 'secret', Token: 'session' };
    if (isToken) return response.end('token');
    if (request.url === roles) return response.end('ci-role');
    return response.end(request.url === `${roles}ci-role` ? JSON.stringify(keys) : '');
  });

  test('gives its keys', async () => {
    await new Promise<void>((resolve) => metadata.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(metadata.address() as AddressInfo).port}/`;
    const found = await keyOfInstance({ AWS_EC2_METADATA_SERVICE_ENDPOINT: url }, plain);
    metadata.close();
    expect(found).toEqual({ id: 'id', secret: 'secret', token: 'session' });
  });

  test('is nothing where there is no such service', async () => {
    const env = { AWS_EC2_METADATA_SERVICE_ENDPOINT: 'http://127.0.0.1:9' };
    expect(await keyOfInstance(env, plain)).toBeUndefined();
  });
});
