/** Where an S3 service is, as `[runners.cache.s3]` says it. */
export interface S3Place {
  /** Host and port without a scheme; empty for Amazon S3. */
  readonly serverAddress: string;
  readonly insecure: boolean;
  readonly bucket: string;
  /** Empty where it is not set. */
  readonly region: string;
  /** Absent where gitlab-runner decides by the server. */
  readonly pathStyle?: boolean;
  readonly dualStack: boolean;
  readonly accelerate: boolean;
}

/** Where an object of a bucket is: the origin, and what stands before the name of the object. */
export interface S3Address {
  readonly origin: string;
  readonly prefix: string;
  readonly isPathStyle: boolean;
  /** Whether it is Amazon's own address, which gitlab-runner makes from the region. */
  readonly isAmazon: boolean;
}

/** The region that gitlab-runner takes where none is set. */
export const usualRegion = 'us-east-1';

/** The address of a bucket as gitlab-runner's S3 adapter, which is the AWS SDK for Go, makes it. */
export function addressOf(place: S3Place): S3Address {
  const { bucket } = place;
  const endpoint = endpointOf(place);
  const isAmazon = endpoint === '' || endpoint === 'https://s3.amazonaws.com';
  const base = new URL(isAmazon ? amazonOf(place) : endpoint);
  const isPathStyle = isByPath(place, endpoint) || !isHostName(bucket, base);
  if (isPathStyle) return { origin: base.origin, prefix: `/${bucket}`, isPathStyle, isAmazon };
  return { origin: `${base.protocol}//${bucket}.${base.host}`, prefix: '', isPathStyle, isAmazon };
}

function endpointOf({ serverAddress, insecure }: S3Place): string {
  if (serverAddress === '') return '';
  const scheme = insecure ? 'http' : 'https';
  return `${scheme}://${serverAddress.replace(insecure ? /:80$/ : /:443$/, '')}`;
}

function amazonOf({ region, dualStack, accelerate }: S3Place): string {
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const stack = dualStack ? '.dualstack' : '';
  if (accelerate) return `https://s3-accelerate${stack}.${domain}`;
  return `https://s3${stack}.${region || usualRegion}.${domain}`;
}

function isByPath({ pathStyle, bucket }: S3Place, endpoint: string): boolean {
  if (pathStyle !== undefined) return pathStyle;
  if (endpoint === '') return false;
  const { protocol, hostname } = new URL(endpoint);
  if (protocol === 'https:' && bucket.includes('.')) return true;
  return !knowsHostStyle.some((form) => form.test(hostname));
}

// Those that minio-go's s3utils knows: Amazon, Google, and Aliyun.
const knowsHostStyle: readonly RegExp[] = [
  /^s3(?:-external-1)?\.amazonaws\.com$/,
  /^s3[.-](?:fips[.-])?(?:dualstack\.)?[a-z]{2}(?:-[a-z]+)+-\d\.amazonaws\.com(?:\.cn)?$/,
  /^(?:bucket\.)?vpce-.*\.s3\.[a-z0-9-]+\.vpce\.amazonaws\.com$/,
  /^storage\.googleapis\.com$/,
  /\.aliyuncs\.com$/,
];

// The SDK puts no bucket before an IP address, and none with a dot where a certificate has to fit.
function isHostName(bucket: string, { protocol, hostname }: URL): boolean {
  if (/^[\d.]+$|^\[/.test(hostname)) return false;
  if (bucket.includes('.') && protocol === 'https:') return false;
  return /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket);
}
