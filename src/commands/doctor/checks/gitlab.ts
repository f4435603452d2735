import { existsSync } from 'node:fs';
import { isIP } from 'node:net';
import { agentOf, atGitlab, type ConnectionOptions, warnOfIgnoredSwitch } from '../../../app/connection.ts';
import { type Finding, wordsOf } from '../../../app/findings.ts';
import { accessTokenOf, type ConfigInvocation } from '../../../app/invocation.ts';
import type { Access } from '../../../app/take-back.ts';
import { textIn } from '../../../config/model.ts';
import { Trouble } from '../../../errors.ts';
import type { Certificate } from '../../../gitlab/certificate.ts';
import type { Finding as Trace } from '../../../gitlab/probe.ts';
import { proxiesOf, proxyFor } from '../../../gitlab/proxies.ts';
import { sameGitlab } from '../../../gitlab/url.ts';
import { addressesOf, hostsFileOf, lookupBy } from '../../../host/names.ts';
import { completePath, findCertificates } from '../../../host/places.ts';
import { expand } from '../../../text/expand.ts';
import { grouped } from '../../../text/grouped.ts';
import { position, quote } from '../../../text/shell-quote.ts';
import type { CheckResult, GitlabProbe, Step } from './check.ts';
import { type Check, type CheckContext, together, whoIs } from './check.ts';
import { tryToken } from './token.ts';

/** Goes the way to the GitLab of each runner step by step: name, proxy, port, TLS, API, token. */
export const gitlabCheck: Check = { runs: 'online', run: tryConnections };

async function tryConnections({ invocation, config, looksForJob }: CheckContext): Promise<CheckResult> {
  const { path, world, say } = invocation;
  warnOfIgnoredSwitch(world, say);
  const access = accessOf(invocation);
  const urlAt = (at: number) => expand(textIn(config.runners[at], 'url'), world.env);
  const reachable = [...config.runners.keys()].filter(
    (at) => /^https?:/i.test(urlAt(at)) && URL.canParse(urlAt(at)),
  );
  const groups = grouped(reachable, (at) => {
    const files = ['tls-ca-file', 'tls-cert-file'].map((key) => textIn(config.runners[at], key));
    return [urlAt(at), ...files].join('\n');
  });
  const urls = [...groups.keys()].map((key) => key.split('\n')[0]!);
  const { isHome, findings } = homeOf(access, urls);
  const all = await Promise.all(
    [...groups.values()].map((users, at) => {
      const url = urls[at]!;
      const token = isHome(url) ? access?.token : undefined;
      return tryOne({
        config,
        path,
        world,
        url,
        users,
        looksForJob,
        ...(token !== undefined && { accessToken: token }),
      });
    }),
  );
  return together([{ steps: [], findings }, ...all]);
}

async function tryOne(probed: GitlabProbe): Promise<CheckResult> {
  const { url, world } = probed;
  const steps: Step[] = [];
  const step = (what: Step['what'], ok: boolean, words: string) =>
    void steps.push({ about: url, what, ok, words });
  const findings: Finding[] = [];
  try {
    const way = wayFor(probed);
    await nameAndProxy(url, way, hostsFileOf(world), step);
    const [{ probe }, chain] = await Promise.all([import('../../../gitlab/probe.ts'), chainAt(url, way)]);
    const found = await probe(url, { ...way, attempts: 2 });
    if (!found.gitlab) {
      step(stepOf(found), false, found.message);
      findings.push(asFinding(found, probed));
      return { steps, findings };
    }
    step('port', true, `${new URL(url).host} responds`);
    if (chain.length > 0) findings.push(...judgeChain(chain, url, world.now(), step));
    step('API', true, 'GitLab responds');
    findings.push(...(await otherName(probed, way)));
    const gitlabVersion = await versionSeen(probed, way);
    const tokens = await Promise.all(
      probed.users.map((at) => tryToken({ ...probed, gitlabVersion }, way, at)),
    );
    for (const token of tokens) {
      steps.push(...token.steps);
      findings.push(...token.findings);
    }
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    findings.push({ severity: 'error', rule: 'connection', place: url, ...wordsOf(error) });
  }
  return { steps, findings };
}

// Not every access token may see it.
async function versionSeen(
  { accessToken, url }: GitlabProbe,
  way: ConnectionOptions,
): Promise<string | undefined> {
  if (accessToken === undefined) return undefined;
  const asked = atGitlab({ ...way, url, attempts: 2 }, (gitlab) => gitlab.version(accessToken));
  return asked.catch((error: unknown) => {
    if (error instanceof Trouble) return undefined;
    throw error;
  });
}

// Jobs clone from where GitLab says it is, whatever address the runner itself was given.
async function otherName(
  { config, url, world, users }: GitlabProbe,
  way: ConnectionOptions,
): Promise<Finding[]> {
  const { externalUrl } = await import('../../../gitlab/external-url.ts');
  const outside = await externalUrl(url, way);
  if (outside === undefined || sameGitlab(outside, url)) return [];
  const cloning = users.filter((at) => textIn(config.runners[at]!, 'clone_url') === '');
  const { hostname } = new URL(outside);
  const isUnknown = (await addressesOf(hostname, hostsFileOf(world))).length === 0;
  return cloning.map((at) => ({
    severity: isUnknown ? 'warning' : 'note',
    rule: 'outside-name',
    place: whoIs(config, at),
    message: `jobs clone from ${outside} (GitLab's external URL), not from ${url}`,
    ...(isUnknown && { why: `${hostname} cannot be resolved on this host.` }),
    next: `If jobs cannot reach it: runner-setup edit ${position(at)} --clone-url ${url}`,
  }));
}

function wayFor({ config, path, world, url, users }: GitlabProbe): ConnectionOptions {
  const runner = config.runners[users[0]!]!;
  // gitlab-runner goes on without a file that is not there, which is told elsewhere.
  const named = (key: string) => {
    const file = textIn(runner, key);
    return file !== '' && existsSync(completePath(file, world)) ? file : undefined;
  };
  const files = {
    caFile: named('tls-ca-file'),
    certFile: named('tls-cert-file'),
    keyFile: named('tls-key-file'),
  };
  const { ca, client } = findCertificates(new URL(url).hostname, files, path, world);
  const lookup = lookupBy(world);
  return {
    agent: agentOf(world),
    proxies: proxiesOf(world.env),
    ...(lookup && { lookup }),
    timeouts: { connect: 10_000, answer: 20_000 },
    ...(ca && { ca: [ca.pem] }),
    ...client,
  };
}

async function nameAndProxy(
  url: string,
  way: ConnectionOptions,
  hosts: string,
  step: (what: Step['what'], ok: boolean, words: string) => void,
): Promise<void> {
  const target = new URL(url);
  const proxy = proxyFor(target, way.proxies);
  if (proxy !== undefined) return step('proxy', true, `connects through ${proxy.shown}`);
  if (isIP(target.hostname.replace(/^\[|\]$/g, '')) !== 0) return;
  const addresses = await addressesOf(target.hostname, hosts);
  // A name that is not known is told by the look at the address that follows.
  if (addresses.length > 0) step('name', true, `${target.hostname} is ${addresses.join(', ')}`);
}

async function chainAt(url: string, way: ConnectionOptions): Promise<Certificate[]> {
  if (!/^https:/i.test(url)) return [];
  const { fetchChain } = await import('../../../gitlab/certificate.ts');
  return fetchChain(url, way).catch(() => []);
}

function stepOf({ problem }: Trace): Step['what'] {
  if (problem === 'name' || problem === 'proxy') return problem;
  if (problem === 'port' || problem === 'timeout') return 'port';
  return problem.startsWith('tls-') ? 'TLS' : 'API';
}

function asFinding(
  { message, why, hint, chain, problem, better }: Trace,
  { url, users }: Pick<GitlabProbe, 'url' | 'users'>,
): Finding {
  const leaf = chain?.[0];
  const shown =
    leaf === undefined
      ? ''
      : ` It presents ${leaf.subject}, issued by ${leaf.issuer}, valid ${leaf.validFrom.slice(0, 10)} to ${leaf.validTo.slice(0, 10)}, SHA-256 ${leaf.sha256}.`;
  const change = `runner-setup edit ${position(users[0]!)} --set ${quote(`url=${better}`)}`;
  const trust = `Save its CA as certs/${new URL(url).hostname}.crt in the folder of config.toml`;
  const next = better !== undefined ? change : problem === 'tls-untrusted' ? trust : hint;
  return { severity: 'error', rule: `connection-${problem}`, place: url, message, why: why + shown, next };
}

// Certificates that are renewed by themselves have a sixth of their life left by then, or three weeks.
function isEnding({ validFrom, validTo }: Certificate, now: Date): boolean {
  const until = new Date(validTo).getTime();
  const life = until - new Date(validFrom).getTime();
  return until - now.getTime() < Math.min(21 * 86_400_000, life / 6);
}

function judgeChain(
  chain: readonly Certificate[],
  url: string,
  now: Date,
  step: (what: Step['what'], ok: boolean, words: string) => void,
): Finding[] {
  const leaf = chain[0]!;
  step(
    'TLS',
    true,
    `${leaf.subject}, issued by ${leaf.issuer}, until ${leaf.validTo.slice(0, 10)} (${chain.length} in the chain)`,
  );
  return chain.flatMap((one): Finding[] => {
    if (!isEnding(one, now)) return [];
    const { subject, validTo } = one;
    const left = new Date(validTo).getTime() - now.getTime();
    const message = `the certificate ${subject} ${left < 0 ? 'expired' : 'expires'} on ${validTo.slice(0, 10)}`;
    const next = 'Renew it on the GitLab server.';
    return [{ severity: 'warning', rule: 'certificate-expiry', place: url, message, next }];
  });
}

/** The access token that was given, by a flag, a file or a variable. */
export function accessOf(invocation: ConfigInvocation): Access | undefined {
  const token = accessTokenOf(invocation);
  const { url } = invocation.selectors;
  return token === undefined ? undefined : { token, ...(url !== undefined && { url }) };
}

/**
 * Which of the addresses in a file an access token may be sent to: those of the GitLab that was told, or of the only
 * one. Sent to a GitLab that it is not of, it would be given away.
 */
function homeOf(
  access: Access | undefined,
  urls: readonly string[],
): { isHome(url: string): boolean; findings: Finding[] } {
  const homes = urls.filter((url, at) => urls.findIndex((one) => sameGitlab(one, url)) === at);
  const home = access?.url ?? (homes.length === 1 ? homes[0] : undefined);
  const isHome = (url: string) => home !== undefined && sameGitlab(url, home);
  if (access === undefined || homes.length === 0 || homes.some(isHome)) return { isHome, findings: [] };
  const message =
    home === undefined
      ? `not sent: config.toml has ${homes.length} GitLab URLs, and --url is missing`
      : `not sent: config.toml has no runner of ${home}`;
  const next = `runner-setup doctor --url ${homes[0]} --access-token-file FILE`;
  return {
    isHome,
    findings: [{ severity: 'warning', rule: 'managers', place: 'access token', message, next }],
  };
}
