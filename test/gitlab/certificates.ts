import { webcrypto, X509Certificate } from 'node:crypto';
import type { HttpsSetup } from './setup.ts';

/** Certificates and keys as PEM, made for one run. */
export interface Certificates {
  /** What a client has to trust. */
  ca: string;
  /** What the server sends, leaf first. */
  chain: string;
  leaf: string;
  /** The leaf's SHA-256, as openssl writes it. */
  fingerprint: string;
  key: string;
  /** A client certificate that the CA signed. */
  client: { certificate: string; key: string };
}

/** Makes a CA and a leaf for localhost and the given names, P-256, valid for a day around now. */
export async function makeCertificates(setup: HttpsSetup = {}): Promise<Certificates> {
  const make = await issuer();
  const authority = await make({ name: 'CN=Stand-in CA', isAuthority: true });
  const names = setup.wrongName
    ? ['elsewhere.example.com']
    : ['localhost', '127.0.0.1', '::1', ...(setup.names ?? [])];
  const signedBy = setup.selfSigned ? undefined : authority;
  const leaf = await make({
    name: `CN=${setup.selfSigned ? 'Self-signed stand-in' : 'Stand-in GitLab'}`,
    names,
    ...(setup.expired ? { daysFromNow: -30 } : {}),
    ...(signedBy ? { signedBy } : {}),
  });
  const client = await make({ name: 'CN=Stand-in client', signedBy: authority });
  const sent = signedBy === undefined || setup.sendCa === false ? [leaf] : [leaf, authority];
  return {
    ca: (signedBy ?? leaf).pem,
    chain: sent.map((each) => each.pem).join(''),
    leaf: leaf.pem,
    fingerprint: new X509Certificate(leaf.pem).fingerprint256,
    key: await keyPem(leaf.keys.privateKey),
    client: { certificate: client.pem, key: await keyPem(client.keys.privateKey) },
  };
}

interface Wanted {
  name: string;
  names?: string[];
  isAuthority?: boolean;
  signedBy?: Issued;
  /** When its day begins to end; default now. */
  daysFromNow?: number;
}

interface Issued {
  name: string;
  pem: string;
  keys: webcrypto.CryptoKeyPair;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const day = 86_400_000;

async function issuer(): Promise<(wanted: Wanted) => Promise<Issued>> {
  const x509 = await loadX509();
  return async ({ name, names, isAuthority, signedBy, daysFromNow = 0 }) => {
    const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
    const middle = Date.now() + daysFromNow * day;
    const certificate = await x509.X509CertificateGenerator.create({
      subject: name,
      issuer: signedBy?.name ?? name,
      notBefore: new Date(middle - day),
      notAfter: new Date(middle + day),
      publicKey: keys.publicKey,
      signingKey: (signedBy?.keys ?? keys).privateKey,
      signingAlgorithm: algorithm,
      extensions: isAuthority
        ? [
            new x509.BasicConstraintsExtension(true, undefined, true),
            new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
          ]
        : [
            new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
            new x509.ExtendedKeyUsageExtension([
              x509.ExtendedKeyUsage.serverAuth,
              x509.ExtendedKeyUsage.clientAuth,
            ]),
            ...(names ? [new x509.SubjectAlternativeNameExtension(names.map(alternative))] : []),
          ],
    });
    return { name, keys, pem: `${certificate.toString('pem').trim()}\n` };
  };
}

async function loadX509() {
  // Its dependency injection refuses to load without this polyfill, though nothing here is injected.
  const known = Reflect as { getMetadata?: unknown };
  if (known.getMetadata === undefined) {
    const nothing = () => undefined;
    Object.assign(Reflect, { getMetadata: nothing, getOwnMetadata: nothing, defineMetadata: nothing });
  }
  return import('@peculiar/x509');
}

const alternative = (name: string) => ({
  type: /^[\d.]+$|:/.test(name) ? ('ip' as const) : ('dns' as const),
  value: name,
});

async function keyPem(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key)).toString('base64');
  return `-----BEGIN PRIVATE KEY-----\n${der.replace(/.{64}(?=.)/g, '$&\n')}\n-----END PRIVATE KEY-----\n`;
}
