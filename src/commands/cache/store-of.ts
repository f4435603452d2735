import { type Table, textIn, valueAt } from '../../config/model.ts';
import { Trouble } from '../../errors.ts';
import type { Connection } from '../../gitlab/connection.ts';
import { placeHere, readText } from '../../host/places.ts';
import { type CacheSection, cacheObject, cacheSection, s3Authentication } from '../../runner/cache.ts';
import type { RunnerEntry } from '../../runner/select.ts';
import { assumeRole } from '../../storage/assume-role.ts';
import { keyOfEnvironment, keyOfInstance } from '../../storage/aws-keys.ts';
import { azureStore } from '../../storage/azure.ts';
import { gcsStore } from '../../storage/gcs.ts';
import { accountIn } from '../../storage/gcs-account.ts';
import { s3Store } from '../../storage/s3.ts';
import type { S3Key } from '../../storage/signature.ts';
import type { Fault, Store, StoreContext } from '../../storage/store.ts';
import { position } from '../../text/shell-quote.ts';
import type { World } from '../../world.ts';

/** Why a cache could not be tested at all; `unknown`: what opens it is known to gitlab-runner only. */
export interface Untested extends Omit<Fault, 'problem'> {
  readonly problem: Fault['problem'] | 'unknown';
}

/** Where settings are read from, and who hears what is taken from this machine. */
interface StoreSource {
  readonly world: World;
  /** config.toml: files that it names in a container are beside it here. */
  readonly path: string;
  /** How a server is reached. */
  connectionTo(url: string): Connection;
  note(words: string): void;
}

/** The store that the cache settings of a runner lead to, or why it cannot be tested. */
export async function storeOf(source: StoreSource, { at, runner }: RunnerEntry): Promise<Store | Untested> {
  const command = `runner-setup cache setup ${position(at)}`;
  const context: StoreContext = {
    object: cacheObject(runner, 0, `runner-setup-test/${source.world.hostname}`, source.world.env),
    now: source.world.now,
    edit: (flags) => (flags === '' ? command : `${command} ${flags}`),
    unset: (key) => `runner-setup edit ${position(at)} --unset ${key}`,
  };
  const section = cacheSection(textIn(runner, 'cache', 'Type'));
  if (section === undefined) {
    const message = `The cache Type "${textIn(runner, 'cache', 'Type')}" is unknown.`;
    return { problem: 'settings', message, next: context.edit('--cache-type s3') };
  }
  const lacking = lackingIn(runner, section);
  if (lacking !== undefined) {
    const message = `[runners.cache.${section}] has no ${lacking}.`;
    return { problem: 'settings', message, next: context.edit('') };
  }
  try {
    return await makers[section](source, runner, context);
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    const { message, why, hint = context.edit('') } = error;
    return { problem: 'settings', message, ...(why && { why }), next: hint };
  }
}

const needs = { s3: 'BucketName', gcs: 'BucketName', azure: 'ContainerName' } as const;

const lackingIn = (runner: Table, section: CacheSection): string | undefined =>
  textIn(runner, 'cache', section, needs[section]) === '' ? needs[section] : undefined;

type Make = (source: StoreSource, runner: Table, context: StoreContext) => Promise<Store | Untested>;

const makers: Readonly<Record<CacheSection, Make>> = {
  s3: makeS3,
  gcs: makeGcs,
  azure: makeAzure,
};

async function makeS3(source: StoreSource, runner: Table, context: StoreContext): Promise<Store | Untested> {
  const s3 = (key: string) => textIn(runner, 'cache', 's3', key);
  const on = (key: string) => valueAt(runner, ['cache', 's3', key]);
  const key = await s3KeyInRole(source, runner, context);
  if ('problem' in key) return key;
  const pathStyle = isLegacy(runner) ? undefined : on('PathStyle');
  const settings = {
    key,
    serverAddress: s3('ServerAddress'),
    insecure: on('Insecure') === true,
    bucket: s3('BucketName'),
    region: s3('BucketLocation'),
    ...(typeof pathStyle === 'boolean' && { pathStyle }),
    dualStack: on('DualStack') !== false,
    accelerate: on('Accelerate') === true,
    encryption: s3('ServerSideEncryption'),
    encryptionKey: s3('ServerSideEncryptionKeyID'),
  };
  if (isAddress(settings.serverAddress)) return s3Store(settings, context);
  return {
    problem: 'settings',
    message: `ServerAddress "${settings.serverAddress}" is not a host name with or without a port.`,
    next: context.edit('--cache-s3-server-address HOST:PORT'),
  };
}

const isAddress = (words: string): boolean =>
  words === '' || (/^[^\s/?#@\\]+$/.test(words) && URL.canParse(`https://${words}`));

// The older adapter does not know PathStyle.
const isLegacy = (runner: Table): boolean =>
  valueAt(runner, ['feature_flags', 'FF_USE_LEGACY_S3_CACHE_ADAPTER']) === true;

async function s3KeyInRole(
  source: StoreSource,
  runner: Table,
  context: StoreContext,
): Promise<S3Key | Untested> {
  const s3 = (name: string) => textIn(runner, 'cache', 's3', name);
  const key = await s3KeyOf(source, runner, context);
  const arn = s3('RoleARN');
  if (arn === '' && s3('UploadRoleARN') !== '')
    source.note('UploadRoleARN is deprecated and not tested. Use RoleARN.');
  if (arn === '' || 'problem' in key) return key;
  const { AWS_ENDPOINT_URL_STS: own, AWS_ENDPOINT_URL: all } = source.world.env;
  const role = { arn, key, region: s3('BucketLocation'), endpoint: own || all };
  return assumeRole(role, source.connectionTo, context.now());
}

async function s3KeyOf(source: StoreSource, runner: Table, context: StoreContext): Promise<S3Key | Untested> {
  const s3 = (key: string) => textIn(runner, 'cache', 's3', key);
  const type = s3Authentication(runner);
  if (type === 'iam') return iamKey(source, context);
  const [id, secret, token] = [s3('AccessKey'), s3('SecretKey'), s3('SessionToken')];
  if (type === 'access-key' && id !== '' && secret !== '') return { id, secret, ...(token && { token }) };
  const message =
    type === undefined
      ? `AuthenticationType "${s3('AuthenticationType')}" is unknown.`
      : 'AuthenticationType is access-key, but AccessKey or SecretKey is not set.';
  return { problem: 'settings', message, next: context.edit('') };
}

async function iamKey(
  { world, connectionTo, note }: StoreSource,
  context: StoreContext,
): Promise<S3Key | Untested> {
  const own = keyOfEnvironment(world.env);
  if (own !== undefined) {
    note('The AWS keys of this environment are used. The environment of gitlab-runner may have other keys.');
    return own;
  }
  const role = await keyOfInstance(world.env, connectionTo);
  if (role !== undefined) {
    note('The AWS role of this instance is used.');
    return role;
  }
  return {
    problem: 'unknown',
    message: 'The AWS credentials of gitlab-runner are not known here.',
    why: 'The cache uses IAM. This environment has no AWS_ACCESS_KEY_ID, and there is no instance metadata service.',
    next: `Run the test where gitlab-runner runs, with its environment, or use access keys: ${context.edit('--cache-s3-authentication_type access-key')}`,
  };
}

async function makeGcs(source: StoreSource, runner: Table, context: StoreContext): Promise<Store | Untested> {
  const gcs = (key: string) => textIn(runner, 'cache', 'gcs', key);
  const named = gcs('CredentialsFile');
  const [account, privateKey] = [gcs('AccessID'), gcs('PrivateKey')];
  const ofShell = source.world.env.GOOGLE_APPLICATION_CREDENTIALS ?? '';
  const usesShell = named === '' && account + privateKey === '' && ofShell !== '';
  if (usesShell) note(source, ofShell);
  const file = usesShell ? ofShell : placeHere(named, source.path);
  if (file === '' && (account === '' || privateKey === '')) {
    return {
      problem: 'unknown',
      message: 'The Google credentials of gitlab-runner are not known here.',
      why: 'The cache uses the credentials of the machine, which a test cannot sign with.',
      next: `To use a service account: ${context.edit('--cache-gcs-credentials-file FILE')}`,
    };
  }
  const keys = file === '' ? { account, privateKey } : accountIn(readText(file, 'key file'), file);
  const largest = Number(valueAt(runner, ['cache', 'MaxUploadedArchiveSize']) ?? 0);
  return gcsStore({ ...keys, bucket: gcs('BucketName'), universe: gcs('UniverseDomain'), largest }, context);
}

const note = (source: StoreSource, file: string): void =>
  source.note(
    `The key file ${file} of GOOGLE_APPLICATION_CREDENTIALS is used. gitlab-runner may have another one.`,
  );

async function makeAzure(_: StoreSource, runner: Table, context: StoreContext): Promise<Store | Untested> {
  const azure = (key: string) => textIn(runner, 'cache', 'azure', key);
  const [account, key] = [azure('AccountName'), azure('AccountKey')];
  if (account === '')
    return {
      problem: 'settings',
      message: '[runners.cache.azure] has no AccountName.',
      next: context.edit(''),
    };
  if (key === '')
    return {
      problem: 'unknown',
      message: 'The Azure credentials of gitlab-runner are not known here.',
      why: 'Without AccountKey, gitlab-runner uses the managed identity of its machine.',
      next: `To use an account key: ${context.edit('')}`,
    };
  return azureStore(
    { account, key, container: azure('ContainerName'), domain: azure('StorageDomain') },
    context,
  );
}
