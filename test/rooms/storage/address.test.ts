import { expect, test } from 'vitest';
import { addressOf, type S3Place } from '../../../src/storage/s3-address.ts';

const usual: S3Place = {
  serverAddress: '',
  insecure: false,
  bucket: 'ci-cache',
  region: '',
  dualStack: true,
  accelerate: false,
};

// As the AWS SDK for Go makes them from what gitlab-runner's s3v2 adapter sets.
test.each<[about: string, place: Partial<S3Place>, url: string]>([
  ['Amazon without anything', {}, 'https://ci-cache.s3.dualstack.us-east-1.amazonaws.com'],
  ['Amazon with a region', { region: 'eu-west-1' }, 'https://ci-cache.s3.dualstack.eu-west-1.amazonaws.com'],
  [
    'Amazon by its usual name',
    { serverAddress: 's3.amazonaws.com', region: 'eu-west-1' },
    'https://ci-cache.s3.dualstack.eu-west-1.amazonaws.com',
  ],
  [
    'Amazon with IPv4 only',
    { dualStack: false, region: 'eu-west-1' },
    'https://ci-cache.s3.eu-west-1.amazonaws.com',
  ],
  ['China', { region: 'cn-north-1' }, 'https://ci-cache.s3.dualstack.cn-north-1.amazonaws.com.cn'],
  ['Transfer Acceleration', { accelerate: true }, 'https://ci-cache.s3-accelerate.dualstack.amazonaws.com'],
  [
    'a bucket with dots, which no certificate fits',
    { bucket: 'ci.cache', region: 'eu-west-1' },
    'https://s3.dualstack.eu-west-1.amazonaws.com/ci.cache',
  ],
  [
    'a regional endpoint',
    { serverAddress: 's3.eu-west-1.amazonaws.com' },
    'https://ci-cache.s3.eu-west-1.amazonaws.com',
  ],
  [
    'Google by the S3 API',
    { serverAddress: 'storage.googleapis.com' },
    'https://ci-cache.storage.googleapis.com',
  ],
  ['MinIO', { serverAddress: 'minio.example.com:9000' }, 'https://minio.example.com:9000/ci-cache'],
  ['MinIO without TLS', { serverAddress: 'minio:9000', insecure: true }, 'http://minio:9000/ci-cache'],
  ['a usual port', { serverAddress: 'minio.example.com:443' }, 'https://minio.example.com/ci-cache'],
  [
    'MinIO with host names for buckets',
    { serverAddress: 'minio.example.com:9000', pathStyle: false },
    'https://ci-cache.minio.example.com:9000',
  ],
  [
    'an IP address, before which no bucket can stand',
    { serverAddress: '192.0.2.1:9000', pathStyle: false },
    'https://192.0.2.1:9000/ci-cache',
  ],
  [
    'Amazon by path',
    { pathStyle: true, region: 'eu-west-1' },
    'https://s3.dualstack.eu-west-1.amazonaws.com/ci-cache',
  ],
])('%s', (_, place, url) => {
  const { origin, prefix } = addressOf({ ...usual, ...place });
  expect(origin + prefix).toBe(url);
});
