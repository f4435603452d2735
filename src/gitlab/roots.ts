import { readFile } from 'node:fs/promises';

/** Where systems keep the CAs that their owner trusts, in the order in which Go (and so gitlab-runner) looks. */
export const systemBundles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/tls/cacert.pem',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

/** Takes paths of bundles; gives the PEM text of the first that is there, else (macOS, Windows) what Node 22.15 and newer finds. */
export async function systemRoots(bundles: readonly string[] = systemBundles): Promise<string[]> {
  for (const bundle of bundles) {
    const text = await readFile(bundle, 'utf8').catch(() => undefined);
    if (text?.includes('-----BEGIN CERTIFICATE-----')) return [text];
  }
  const find: unknown = Reflect.get(await import('node:tls'), 'getCACertificates');
  return bundles.length > 0 && typeof find === 'function' ? (find('system') as string[]) : [];
}
