import { exitCode, Trouble } from '../errors.ts';
import type { Certificate } from '../gitlab/certificate.ts';
import type { Line } from '../gitlab/line.ts';
import type { Finding, Probed } from '../gitlab/probe.ts';
import { readUrl } from '../gitlab/url.ts';
import type { Person } from '../terminal/ask.ts';
import type { Say } from '../terminal/say.ts';
import { spin } from '../terminal/spin.ts';
import type { World } from '../world.ts';

/** How to get to a GitLab, whatever its address. */
export type Way = Omit<Line, 'url'>;

/** A certificate chain that the person, or `--tls-trust`, accepted: PEM text to be saved for this host. */
export interface Trusted {
  readonly host: string;
  readonly pem: string;
}

/** An address at which a GitLab answers, and the chain that had to be trusted for it. */
export interface Address {
  readonly url: string;
  readonly trusted?: Trusted;
}

/** Reads an address that a script gave; throws a `Trouble` that names the right one when it is not quite that. */
export function readAddress(words: string): string {
  const { url, repairs } = readUrl(words);
  if (repairs.length === 0) return url;
  throw new Trouble(`--url ${words} is not the address of a GitLab.`, {
    why: `To make it one, ${repairs.join(', ')}.`,
    hint: `Use --url ${url}`,
    code: exitCode.usage,
  });
}

/**
 * Makes sure with the person that a GitLab answers at an address: repairs what was pasted, follows a move, shows a
 * certificate that is not trusted. `undefined` when another address has to be asked for; the cause has been said.
 */
export async function findGitlab(
  { world, say, person }: { world: World; say: Say; person: Person },
  words: string,
  wayTo: (host: string, trusted?: Trusted) => Way,
): Promise<Address | undefined> {
  let url = await repaired(words, say, person);
  let trusted: Trusted | undefined;
  while (url !== undefined) {
    const here: string = url;
    const way = wayTo(new URL(here).hostname, trusted);
    const found = await spin(world, say, `Looking for GitLab at ${here}`, () => look(here, way));
    if (found.gitlab) return { url: here, ...(trusted && { trusted }) };
    explain(say, found);
    if (found.better !== undefined) {
      url = (await person.agree(`Use ${found.better}?`, true)) ? found.better : undefined;
    } else if (found.problem === 'tls-untrusted' && found.chain && trusted === undefined) {
      trusted = await askTrust(found.chain, here, say, person);
      if (trusted === undefined) url = undefined;
    } else url = undefined;
  }
  return undefined;
}

// The HTTP client is loaded when it is needed, not before the first question.
async function look(url: string, way: Way): Promise<Probed> {
  const { probe } = await import('../gitlab/probe.ts');
  return probe(url, way);
}

async function repaired(words: string, say: Say, person: Person): Promise<string | undefined> {
  try {
    const { url, repairs } = readUrl(words);
    if (repairs.length === 0) return url;
    say.talk(`Of what you gave, ${repairs.join(', ')}.`);
    return (await person.agree(`Use ${url}?`, true)) ? url : undefined;
  } catch (error) {
    if (!(error instanceof Trouble) || error.code !== exitCode.usage) throw error;
    say.trouble(error);
    return undefined;
  }
}

function explain(say: Say, { message, why, hint, better }: Finding): void {
  say.trouble(new Trouble(message, { why, ...(better === undefined && { hint }) }));
}

async function askTrust(
  chain: readonly Certificate[],
  url: string,
  say: Say,
  person: Person,
): Promise<Trusted | undefined> {
  say.talk(certificateLines(chain).join('\n'));
  const yes = await person.agree(
    'Trust this certificate? Compare the SHA-256 with the one on the GitLab server',
    false,
  );
  return yes ? { host: new URL(url).hostname, pem: pemOf(chain) } : undefined;
}

/** The lines that describe a server's chain to a person. */
export function certificateLines(chain: readonly Certificate[]): string[] {
  return chain.flatMap((one, at) => [
    `  ${at === 0 ? 'certificate' : 'signed by  '} ${one.subject}`,
    ...(at === 0 ? [`  issued by   ${one.issuer}`, `  names       ${one.names.join(', ') || 'none'}`] : []),
    `  valid       ${one.validFrom.slice(0, 10)} to ${one.validTo.slice(0, 10)}`,
    `  SHA-256     ${one.sha256}`,
  ]);
}

const pemOf = (chain: readonly Certificate[]): string =>
  chain
    .map(({ pem }) => pem.trimEnd())
    .join('\n')
    .concat('\n');

/** Accepts the chain of an https address when it holds the certificate of `--tls-trust`; throws when it does not. */
export async function trustByFingerprint(url: string, fingerprint: string, way: Way): Promise<Trusted> {
  const { fetchChain, matchesFingerprint } = await import('../gitlab/certificate.ts');
  const chain = await fetchChain(url, way);
  if (matchesFingerprint(chain, fingerprint)) return { host: new URL(url).hostname, pem: pemOf(chain) };
  throw new Trouble(`--tls-trust does not name the certificate of ${url}.`, {
    why: `It presents:\n${certificateLines(chain).join('\n')}`,
    hint: 'If you have compared it: --tls-trust with the SHA-256 above.',
    code: exitCode.usage,
  });
}

/** Looks closer at a GitLab that a script could not reach: the cause, with the certificate or the right address to use. */
export async function diagnosed(url: string, way: Way, trouble: Trouble): Promise<Trouble> {
  const found = await look(url, { ...way, attempts: 1 }).catch(() => undefined);
  if (found === undefined || found.gitlab) return trouble;
  const certificate =
    found.problem === 'tls-untrusted' && found.chain ? certificateLines(found.chain).join('\n') : undefined;
  const sha256 = found.chain?.[0]?.sha256;
  return new Trouble(found.message, {
    why: certificate ? `${found.why} It presents:\n${certificate}` : found.why,
    hint: certificate
      ? `Give its CA with --tls-ca-file FILE, or, when you have compared it: --tls-trust ${sha256}`
      : found.hint,
    code: trouble.code,
    cause: trouble,
  });
}
