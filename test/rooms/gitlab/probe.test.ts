import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createServer as createTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { fetchChain, matchesFingerprint } from '../../../src/gitlab/certificate.ts';
import { type Finding, probe } from '../../../src/gitlab/probe.ts';
import { startGitlab } from '../../gitlab/index.ts';
import type { HttpsSetup } from '../../gitlab/setup.ts';
import { gitlabAt, lineTo, listening, proxyTo, scripted, trouble } from './serve.ts';

const unauthorized = { status: 401, body: { message: '401 Unauthorized' } };
const page = { status: 404, body: '<html><title>Not here</title></html>', type: 'text/html' };

async function probed(url: string, more: Parameters<typeof lineTo>[1] = {}) {
  const result = await probe(url, lineTo(url, more).line);
  if (result.gitlab) return result;
  const { chain: _, certificate, ...words } = result as Finding;
  return certificate === undefined ? words : { ...words, names: certificate.names };
}

test.each([
  ['401 without a token', unauthorized],
  ['403', { status: 403, body: { message: '403 Forbidden' } }],
  ['its version', { body: { version: '19.4.0' } }],
])('%s is a GitLab', async (_, answer) => {
  const { url, arrived } = await scripted(answer);
  expect(await probed(`${url}/gitlab/`)).toEqual({ gitlab: true, url: `${url}/gitlab/` });
  expect(arrived.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /gitlab/api/v4/version']);
});

test('a page is traced to the GitLab above it', async () => {
  const signIn = { status: 302, headers: { Location: '/users/sign_in' }, body: '', type: 'text/html' };
  const { url, arrived } = await scripted(signIn, page, unauthorized);
  expect(await probed(`${url}/gitlab/top/app`)).toEqual({
    gitlab: false,
    problem: 'not-gitlab',
    message: `${url}/gitlab/top/app is a page of the GitLab at ${url}/gitlab.`,
    why: 'Its API responds there.',
    hint: `Use --url ${url}/gitlab`,
    better: `${url}/gitlab`,
  });
  expect(arrived.length).toBe(3);
});

test('a redirect names the new address', async () => {
  const { url } = await scripted({
    status: 301,
    headers: { Location: 'https://new.test/git/api/v4/version' },
    body: '',
    type: 'text/html',
  });
  expect(await probed(url)).toEqual({
    gitlab: false,
    problem: 'redirect',
    message: `GitLab moved from ${url} to https://new.test/git.`,
    why: 'It redirects there (HTTP 301).',
    hint: 'Use --url https://new.test/git',
    better: 'https://new.test/git',
  });
});

test('another site is not a GitLab', async () => {
  const { url } = await scripted({ ...page, status: 200 });
  expect(await probed(url)).toEqual({
    gitlab: false,
    problem: 'not-gitlab',
    message: `${url} does not respond like GitLab.`,
    why: 'It responded with HTTP 200 and text/html, titled "Not here". The GitLab API responds with JSON.',
    hint: 'Use the URL of the GitLab start page, without a group, project, or page: --url https://gitlab.example.com',
  });
});

test('a GitLab that is down is said to be', async () => {
  const { url } = await scripted({ status: 502, body: '<title>Whoops</title>', type: 'text/html' });
  expect(await probed(url, { attempts: 1 })).toEqual({
    gitlab: false,
    problem: 'http-error',
    message: `GitLab at ${url} is temporarily unavailable.`,
    why: 'It responded with HTTP 502, after one attempt.',
    hint: 'Run the command again in a few minutes.',
  });
});

test('nothing listening, and a name that does not exist', async () => {
  const url = await listening(createTcp());
  const { port } = new URL(url);
  const closed = createTcp();
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
  const free = (closed.address() as { port: number }).port;
  await new Promise((resolve) => closed.close(resolve));
  expect(port).not.toBe(String(free));
  expect(await probed(`http://127.0.0.1:${free}`)).toEqual({
    gitlab: false,
    problem: 'port',
    message: `Cannot connect to 127.0.0.1:${free}.`,
    why: 'The connection was refused.',
    hint: `Check the host, port, and firewall: curl -v http://127.0.0.1:${free}/`,
  });
  expect(await probed('https://gitlab.invalid')).toMatchObject({
    problem: 'name',
    message: 'The host gitlab.invalid was not found.',
  });
});

test('a server that keeps silent', async () => {
  const url = await listening(createServer(() => {}));
  expect(await probed(url, { timeouts: { answer: 200 } })).toMatchObject({
    problem: 'timeout',
    why: 'There was no response within 0.2 seconds.',
  });
});

async function secure(https: HttpsSetup = {}) {
  const gitlab = await startGitlab({ https });
  onTestFinished(() => gitlab.close());
  return { url: gitlab.url, certificates: gitlab.certificates! };
}

test('https: an unknown CA is shown, and trusted when given', async () => {
  const { url, certificates } = await secure({ names: ['gitlab.test'] });
  expect(await probed(url)).toEqual({
    gitlab: false,
    problem: 'tls-untrusted',
    message: `The certificate of ${url} is not trusted on this machine.`,
    why: 'Self-signed certificate in certificate chain.',
    hint: 'Add the CA with --tls-ca-file FILE, or trust a certificate that you have compared with --tls-trust SHA256.',
    names: ['localhost', '127.0.0.1', '0:0:0:0:0:0:0:1', 'gitlab.test'],
  });
  expect(await probed(url, { ca: [certificates.ca] })).toEqual({ gitlab: true, url });
});

test('https: no variable of Node makes an unknown CA trusted, neither of GitLab nor of a proxy', async () => {
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
  onTestFinished(() => void vi.unstubAllEnvs());
  const gitlab = await startGitlab({ https: {} });
  onTestFinished(() => gitlab.close());
  const { url } = gitlab;
  expect(await probed(url)).toMatchObject({ problem: 'tls-untrusted' });
  const proxies = { https: url };
  expect(await probed('https://gitlab.test', { proxies })).toMatchObject({ problem: 'tls-untrusted' });
  const untrusted = /self-signed certificate/i;
  await expect(fetchChain('https://gitlab.test', { ...lineTo(url).line, proxies })).rejects.toThrow(
    untrusted,
  );
  expect(gitlab.requests).toEqual([]);
});

test('https: the chain is shown as the server sends it', async () => {
  const { url, certificates } = await secure();
  const chain = await fetchChain(url, lineTo(url).line);
  const shown = chain.map(({ sha256: _, pem: __, validFrom, validTo, ...words }) => ({
    ...words,
    days: (Date.parse(validTo) - Date.parse(validFrom)) / 86_400_000,
  }));
  expect(shown).toEqual([
    {
      subject: 'CN=Stand-in GitLab',
      issuer: 'CN=Stand-in CA',
      names: ['localhost', '127.0.0.1', '0:0:0:0:0:0:0:1'],
      selfSigned: false,
      days: 2,
    },
    { subject: 'CN=Stand-in CA', issuer: 'CN=Stand-in CA', names: [], selfSigned: true, days: 2 },
  ]);
  expect(
    chain
      .map(({ pem }) => pem)
      .join('')
      .replace(/\s/g, ''),
  ).toBe(certificates.chain.replace(/\s/g, ''));
});

test('a fingerprint is known in every form that people copy', async () => {
  const { url, certificates } = await secure();
  const chain = await fetchChain(url, lineTo(url).line);
  const print = certificates.fingerprint;
  const forms = [
    print,
    print.replaceAll(':', '').toLowerCase(),
    `SHA256:${print}`,
    ` sha256=${print} `,
    `SHA256 Fingerprint=${print}`,
  ];
  expect(forms.map((form) => matchesFingerprint(chain, form))).toEqual(forms.map(() => chain[0]));
  expect(matchesFingerprint(chain, chain[1]!.sha256)).toBe(chain[1]);
  expect([print.slice(0, -3), '', 'SHA256:'].map((form) => matchesFingerprint(chain, form))).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

test.each([{ sendCa: false }, { selfSigned: true }])(
  'https: the certificate of the server alone can be trusted: %j',
  async (setup) => {
    const { url } = await secure(setup);
    const [leaf] = await fetchChain(url, lineTo(url).line);
    expect(await probed(url)).toMatchObject({ problem: 'tls-untrusted' });
    expect(await probed(url, { ca: [leaf!.pem] })).toEqual({ gitlab: true, url });
  },
);

test('https: the CAs of the system are trusted as in Go, also for what acts', async () => {
  const { url, certificates } = await secure();
  const folder = await mkdtemp(join(tmpdir(), 'roots-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'ca.crt'), `# Stand-in\n${certificates.ca}`);
  const systemCa = [join(folder, 'none.crt'), join(folder, 'ca.crt')];
  expect(await probed(url, { systemCa })).toEqual({ gitlab: true, url });
  const said = await trouble(gitlabAt(url, { systemCa }).register({ token: 'GR1348941unknown' }));
  expect(said.why).toBe('GitLab says: 410 Gone - runner registration disallowed');
});

test('certificates that are none are an error at once', () => {
  expect(() => gitlabAt('https://gitlab.test', { cert: 'x', key: 'y' })).toThrow(
    expect.objectContaining({ message: 'The certificates are not usable.', code: 1 }),
  );
});

test('https: expired, and made out to another name', async () => {
  const old = await secure({ expired: true });
  expect(await probed(old.url, { ca: [old.certificates.ca] })).toEqual({
    gitlab: false,
    problem: 'tls-expired',
    message: `The certificate of ${old.url} has expired.`,
    why: 'Certificate has expired.',
    hint: 'Renew the certificate, and check the clock of this machine: date',
    names: ['localhost', '127.0.0.1', '0:0:0:0:0:0:0:1'],
  });
  const other = await secure({ wrongName: true });
  expect(await probed(other.url, { ca: [other.certificates.ca] })).toEqual({
    gitlab: false,
    problem: 'tls-name',
    message: `The certificate of ${other.url} is not issued for 127.0.0.1.`,
    why: 'It is issued for elsewhere.example.com.',
    hint: 'Use a host name from the certificate, or renew the certificate with this host name.',
    names: ['elsewhere.example.com'],
  });
});

test('https: a client certificate is shown to a server that wants one', async () => {
  const { url, certificates } = await secure({ requireClientCertificate: true });
  const { certificate: cert, key } = certificates.client;
  expect(await probed(url, { ca: [certificates.ca], cert, key })).toEqual({ gitlab: true, url });
  expect(await probed(url, { ca: [certificates.ca] })).toEqual({
    gitlab: false,
    problem: 'http-error',
    message: `${url} requires a client certificate.`,
    why: 'It responded with HTTP 400 and text/html; charset=utf-8, titled "400 No required SSL certificate was sent".',
    hint: 'Add the client certificate: --tls-cert-file FILE --tls-key-file FILE',
  });
});

test('http to an https port and https to an http port are told apart', async () => {
  const { url: https } = await secure();
  const plain = https.replace('https:', 'http:');
  expect(await probed(plain)).toEqual({
    gitlab: false,
    problem: 'plain-http-on-https',
    message: `${plain} uses HTTPS, not HTTP.`,
    why: 'The port accepts only encrypted connections.',
    hint: `Use --url ${https}`,
    better: https,
  });
  const { url } = await scripted(unauthorized);
  const wrong = url.replace('http:', 'https:');
  expect(await probed(wrong)).toMatchObject({
    problem: 'tls-other',
    message: `${wrong} uses HTTP, not HTTPS.`,
    better: url,
  });
});

test('a proxy resolves the name, also for the chain, and its password stays hidden', async () => {
  const { url: gitlab, certificates } = await secure({ names: ['gitlab.test'] });
  const ca = [certificates.ca];
  const { url, asked } = await proxyTo(
    { 'gitlab.test:443': gitlab },
    `Basic ${Buffer.from('me:s3cret!').toString('base64')}`,
  );
  const proxies = { https: url.replace('//', '//me:s3cret!@') };
  expect(await probed('https://gitlab.test', { ca, proxies })).toEqual({
    gitlab: true,
    url: 'https://gitlab.test',
  });
  expect(await probed('https://gitlab.test', { proxies })).toMatchObject({
    problem: 'tls-untrusted',
    names: ['localhost', '127.0.0.1', '0:0:0:0:0:0:0:1', 'gitlab.test'],
  });
  expect(asked).toEqual(['CONNECT gitlab.test:443', 'CONNECT gitlab.test:443', 'CONNECT gitlab.test:443']);
});

test('a proxy that refuses is named, without its password', async () => {
  const { url } = await proxyTo({}, `Basic ${Buffer.from('me:s3cret!').toString('base64')}`);
  const { host } = new URL(url);
  expect(await probed('https://gitlab.test', { proxies: { https: `http://me:wrong-one@${host}` } })).toEqual({
    gitlab: false,
    problem: 'proxy',
    message: `The proxy http://me:***@${host} requires a user name and password.`,
    why: 'The proxy responded with HTTP 407.',
    hint: 'Set HTTPS_PROXY=http://user:password@host:port, or reach GitLab directly with NO_PROXY=gitlab.test.',
  });
  expect(await probed('https://gitlab.test', { proxies: { https: `http://me:s3cret!@${host}` } })).toEqual({
    gitlab: false,
    problem: 'proxy',
    message: `The proxy http://me:***@${host} does not allow connections to https://gitlab.test.`,
    why: 'The proxy responded with HTTP 502.',
    hint: 'Check HTTPS_PROXY, or reach GitLab directly with NO_PROXY=gitlab.test.',
  });
});

test('plain http goes through a proxy as a whole address', async () => {
  const { url, asked } = await proxyTo({});
  expect(await probed('http://gitlab.test:8080', { proxies: { http: url } })).toEqual({
    gitlab: true,
    url: 'http://gitlab.test:8080',
  });
  expect(asked).toEqual(['GET http://gitlab.test:8080/api/v4/version']);
  const { url: strict } = await proxyTo({}, 'Basic eA==');
  expect(await probed('http://gitlab.test', { proxies: { http: strict } })).toMatchObject({
    problem: 'proxy',
    why: 'The proxy responded with HTTP 407.',
  });
});

test('a proxy that is not there is named', async () => {
  const closed = createTcp();
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
  const { port } = closed.address() as { port: number };
  await new Promise((resolve) => closed.close(resolve));
  expect(await probed('https://gitlab.test', { proxies: { https: `127.0.0.1:${port}` } })).toEqual({
    gitlab: false,
    problem: 'proxy',
    message: `Cannot connect to the proxy http://127.0.0.1:${port}.`,
    why: 'The connection was refused.',
    hint: 'Check HTTPS_PROXY, or reach GitLab directly with NO_PROXY=gitlab.test.',
  });
});
