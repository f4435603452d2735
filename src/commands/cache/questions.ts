import type { CacheSection } from '../../runner/cache.ts';
import {
  azureAccount,
  azureContainer,
  azureKey,
  domain,
  endpoint,
  gcsBucket,
  prefix,
  region,
  s3Bucket,
} from '../../settings/cache-kinds.ts';
import { filePath, type Kind, type Value } from '../../settings/kinds.ts';
import type { Question } from '../../settings/questions.ts';
import { type SettingName, table } from '../../settings/table.ts';

/** Who keeps the cache; both of the first two are S3. */
export type Provider = 'minio' | 'aws' | 'gcs' | 'azure';

/** What is asked about who keeps the cache. */
export const providers: readonly { value: Provider; name: string; line: string }[] = [
  { value: 'minio', name: 'S3-compatible', line: 'MinIO, Ceph, or another service with the S3 API' },
  { value: 'aws', name: 'Amazon S3', line: 'a bucket of AWS' },
  { value: 'gcs', name: 'Google', line: 'a bucket of Google Cloud Storage' },
  { value: 'azure', name: 'Azure', line: 'a container of Azure Blob Storage' },
];

/** The table of config.toml that a provider is set up in. */
export const sectionOf = (provider: Provider): CacheSection =>
  provider === 'minio' || provider === 'aws' ? 's3' : provider;

/** What is known while questions are asked: answers and flags, else what config.toml has. */
export type Known = (name: SettingName) => Value | undefined;

/** One question about the cache. */
interface CacheQuestion extends Pick<Question, 'ask' | 'kind' | 'choices'> {
  readonly name: SettingName;
  readonly of: readonly Provider[];
  /** Whether an answer is needed where nothing is known. */
  readonly required: boolean;
  when(known: Known): boolean;
  usual(known: Known): Value | undefined;
}

/** How the words of a setting are checked, beyond what gitlab-runner takes. */
export const kinds: Partial<Record<SettingName, Kind>> = {
  cachePath: prefix(),
  cacheS3ServerAddress: endpoint(),
  cacheS3BucketName: s3Bucket(),
  cacheS3BucketLocation: region(),
  cacheGcsBucketName: gcsBucket(),
  cacheGcsUniverseDomain: domain(),
  cacheAzureAccountName: azureAccount(),
  cacheAzureAccountKey: azureKey(),
  cacheAzureContainerName: azureContainer(),
  cacheAzureStorageDomain: domain(),
};

interface Extra {
  readonly required?: boolean;
  readonly choices?: Question['choices'];
  readonly kind?: Kind;
  when?(known: Known): boolean;
  usual?(known: Known): Value | undefined;
}

const about = (
  name: SettingName,
  of: readonly Provider[],
  ask: string,
  extra: Extra = {},
): CacheQuestion => ({
  name,
  of,
  ask,
  kind: kinds[name] ?? table[name].kind,
  required: false,
  when: () => true,
  usual: (known) => known(name),
  ...extra,
});

const s3: readonly Provider[] = ['minio', 'aws'];
const all: readonly Provider[] = ['minio', 'aws', 'gcs', 'azure'];

const byKeys = (known: Known): boolean => known('cacheS3AuthenticationType') !== 'iam';

/** The questions in the order they are asked; each is asked of some providers only. */
export const cacheQuestions: readonly CacheQuestion[] = [
  about('cacheS3ServerAddress', ['minio'], 'Endpoint (host and port of the S3 API)', { required: true }),
  about('cacheS3Insecure', ['minio'], 'Use HTTP without TLS?', {
    usual: (known) => known('cacheS3Insecure') ?? false,
  }),
  about('cacheS3BucketName', s3, 'Bucket', { required: true }),
  about('cacheS3BucketLocation', s3, 'Region', {
    required: true,
    usual: (known) => known('cacheS3BucketLocation') ?? 'us-east-1',
  }),
  about('cacheS3PathStyle', ['minio'], 'Put the bucket name in the path (as MinIO needs it)?', {
    usual: (known) => known('cacheS3PathStyle') ?? true,
  }),
  about('cacheS3AuthenticationType', ['aws'], 'Authentication', {
    choices: [
      { value: 'access-key', name: 'access key', line: 'an access key and a secret key in config.toml' },
      { value: 'iam', name: 'IAM', line: 'the role of the machine that gitlab-runner runs on' },
    ],
    usual: (known) => known('cacheS3AuthenticationType') ?? 'access-key',
  }),
  about('cacheS3AccessKey', s3, 'Access key', { required: true, when: byKeys }),
  about('cacheS3SecretKey', s3, 'Secret key', { required: true, when: byKeys }),
  about('cacheGcsBucketName', ['gcs'], 'Bucket', { required: true }),
  about(
    'cacheGcsCredentialsFile',
    ['gcs'],
    'JSON key file of the service account (leave empty if the machine has access)',
    {
      kind: filePath(),
      when: (known) => known('cacheGcsPrivateKey') === undefined,
    },
  ),
  about('cacheAzureAccountName', ['azure'], 'Storage account', { required: true }),
  about('cacheAzureAccountKey', ['azure'], 'Account key (leave empty for managed identity)'),
  about('cacheAzureContainerName', ['azure'], 'Container', { required: true }),
  about('cacheAzureStorageDomain', ['azure'], 'Domain (default: blob.core.windows.net)'),
  about('cachePath', all, 'Prefix of all objects, such as ci/linux (leave empty for none)'),
  about('cacheShared', all, 'Share the cache between runners?', {
    usual: (known) => known('cacheShared') ?? false,
  }),
];
