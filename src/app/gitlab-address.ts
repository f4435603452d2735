import { exitCode, Trouble } from '../errors.ts';
import type { Certificate } from '../gitlab/certificate.ts';
import type { Finding, Probed } from '../gitlab/probe.ts';
import { readUrl } from '../gitlab/url.ts';
import { isTokenForUrl } from '../settings/credential.ts';
import { table } from '../settings/table.ts';
import type { Person } from '../terminal/ask.ts';
import type { Say } from '../terminal/say.ts';
import { spin } from '../terminal/spin.ts';
import { harmless } from '../text/sanitize.ts';
import type { World } from '../world.ts';
import type { ConnectionOptions } from './connection.ts';

/** A certificate chain that the person, or `--tls-trust`, accepted: PEM text to be saved for this host. */
export interface Trusted {
  readonly host: string;
  readonly pem: string;
}

/** An address at which a GitLab answers, and the chain that had to be trusted for it. */
interface Address {
  readonly url: string;
  readonly trusted?: Trusted;
}

/** Reads an address that a script gave; throws a `Trouble` that names the right one when it is not quite that. */
export function readAddress(words: string): string {
  if (isTokenForUrl(words)) {
    throw new Trouble('--url contains a token, not a URL.', {
      hint: 'Use the URL of the GitLab start page, for example --url https://gitlab.example.com',
      code: exitCode.usage,
    });
  }
  const { url, repairs } = readUrl(words);
  if (repairs.length === 0) return url;
  throw new Trouble(`--url ${harmless(withoutPassword(words))} is not a valid GitLab URL.`, {
    why: `${repairs.join('. ')}.`,
    hint: `Use --url ${isBelowGroup(words, url) ? `${new URL(url).origin} (without group and project)` : url}`,
    code: exitCode.usage,
  });
}

// What stands before `/-/` is a group or project, and seldom the folder that a GitLab lives in.
const isBelowGroup = (words: string, url: string): boolean =>
  words.includes('/-/') && new URL(url).pathname !== '/';

const withoutPassword = (words: string): string => words.replace(/\/\/[^/@]*:[^/@]*@/, '//[hidden]@');

/** The person who is asked about an address, and the voice to speak to them with. */
interface Talk {
  readonly world: World;
  readonly say: Say;
  readonly person: Person;
}

/** How the hosts are reached that are tried, and what was said about certificates. */
interface Way {
  to(host: string, trusted?: Trusted): ConnectionOptions;
  /** Takes a CA file from now on, or none again. */
  useCa(file: string | undefined): void;
  readonly fingerprint?: string | undefined;
}

/**
 * Makes sure with the person that a GitLab answers at an address: repairs what was pasted, follows a move, shows a
 * certificate that is not trusted. What was changed is confirmed once, when a GitLab answered there. `undefined` when
 * another address has to be asked for; the cause has been said.
 */
export async function findGitlab(talk: Talk, words: string, way: Way): Promise<Address | undefined> {
  const { say, person } = talk;
  const typed = typedUrl(words, say);
  if (typed === undefined) return undefined;
  let { url, isChanged } = typed;
  let trusted: Trusted | undefined;
  for (let moves = 0; ; moves++) {
    const found = await lookAt(talk, url, way.to(new URL(url).hostname, trusted));
    if (found.gitlab) {
      if (isChanged && !(await person.agree(`Use ${url}?`, true))) return undefined;
      return { url, ...(trusted && { trusted }) };
    }
    if (found.better !== undefined && moves < mostMoves) {
      say.note(found.message);
      url = found.better;
      isChanged = true;
      continue;
    }
    const chain = trusted === undefined && found.problem === 'tls-untrusted' ? found.chain : undefined;
    explain(say, found, chain === undefined);
    if (chain === undefined) return undefined;
    const answer = (await accepted(chain, url, way.fingerprint)) ?? (await askTrust(chain, url, talk, way));
    if (answer === undefined) return undefined;
    if (answer !== 'ca') trusted = answer;
  }
}

// A server that points in a circle is no GitLab.
const mostMoves = 5;

const lookAt = ({ world, say }: Talk, url: string, way: ConnectionOptions): Promise<Probed> =>
  untilInterrupt(world, (signal) =>
    spin(world, say, `Looking for GitLab at ${url}`, (spinner) => {
      const onWait: ConnectionOptions['onWait'] = ({ because, seconds }) =>
        spinner.says(`${because}; retrying in ${Math.ceil(seconds)} s`);
      return look(url, { ...way, signal, timeouts: patience, onWait });
    }),
  );

/** How long somebody at the keyboard waits for a connection and for an answer, in milliseconds. */
const patience = { connect: 10_000, answer: 30_000 };

/** Does what takes a while between questions, which end at Ctrl-C by themselves; there nobody else would take the signal. */
export async function untilInterrupt<T>(world: World, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { cancelled } = await import('../terminal/ask.ts');
  const stop = new AbortController();
  const release = world.onInterrupt(() => stop.abort(cancelled()));
  try {
    return await work(stop.signal);
  } finally {
    release();
  }
}

// The HTTP client is loaded when it is needed, not before the first question.
async function look(url: string, way: ConnectionOptions): Promise<Probed> {
  const { probe } = await import('../gitlab/probe.ts');
  return probe(url, way);
}

/** Reads what was pasted as an address, and asks before more than a scheme is changed; nothing when another one has to be asked for. */
export async function repaired(words: string, say: Say, person: Person): Promise<string | undefined> {
  const typed = typedUrl(words, say);
  if (typed === undefined) return undefined;
  return !typed.isChanged || (await person.agree(`Use ${typed.url}?`, true)) ? typed.url : undefined;
}

// A scheme that nobody typed is no change of what was typed.
function typedUrl(words: string, say: Say): { url: string; isChanged: boolean } | undefined {
  try {
    const { url, repairs } = readUrl(words);
    if (repairs.length > 0) say.note(`${repairs.join('. ')}.`);
    return { url, isChanged: repairs.some((one) => !one.startsWith('No scheme given')) };
  } catch (error) {
    if (!(error instanceof Trouble) || error.code !== exitCode.usage) throw error;
    say.trouble(new Trouble(error.message, { hint: withoutFlag(error.hint) }));
    return undefined;
  }
}

// The hint is for those who are not asked what to do about it.
function explain(say: Say, { message, why, hint }: Finding, withHint: boolean): void {
  say.trouble(new Trouble(message, { why, ...(withHint && { hint: withoutFlag(hint) }) }));
}

const withoutFlag = (hint: string | undefined): string => (hint ?? '').replace('--url ', '');

// A certificate that `--tls-trust` names needs no question.
async function accepted(
  chain: readonly Certificate[],
  url: string,
  fingerprint: string | undefined,
): Promise<Trusted | undefined> {
  const { matchesFingerprint } = await import('../gitlab/certificate.ts');
  const fits = fingerprint !== undefined && matchesFingerprint(chain, fingerprint) !== undefined;
  return fits ? { host: new URL(url).hostname, pem: pemOf(chain) } : undefined;
}

// Nothing when another address is to be entered.
async function askTrust(
  chain: readonly Certificate[],
  url: string,
  talk: Talk,
  way: Way,
): Promise<Trusted | 'ca' | undefined> {
  const { say, person } = talk;
  const { hostname } = new URL(url);
  say.talk([...certificateLines(chain), 'Compare the SHA-256 with the one on the GitLab server.'].join('\n'));
  const choices = [
    { value: 'no' as const, name: 'No, enter another URL' },
    { value: 'ca' as const, name: 'Use a CA certificate file' },
    { value: 'yes' as const, name: 'Yes, the SHA-256 is the same; save it beside config.toml' },
  ];
  const answer = await person.choose('Trust this certificate?', choices, undefined, 'no');
  if (answer === 'yes') return { host: hostname, pem: pemOf(chain) };
  if (answer === 'no') {
    way.useCa(undefined);
    return undefined;
  }
  await askCa(hostname, talk, way);
  return 'ca';
}

// Asked until the file can be read; an empty answer takes none.
async function askCa(host: string, { say, person }: Talk, way: Way): Promise<void> {
  const question = { ask: 'CA certificate file (PEM)', kind: table.tlsCaFile.kind, required: false };
  for (;;) {
    const file = await person.answer(question, undefined);
    way.useCa(file === undefined ? undefined : String(file));
    try {
      way.to(host);
      return;
    } catch (error) {
      if (!(error instanceof Trouble)) throw error;
      say.trouble(error);
      way.useCa(undefined);
    }
  }
}

/** The lines that describe a server's chain to a person. */
function certificateLines(chain: readonly Certificate[]): string[] {
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

/**
 * Accepts the chain of an https address when it holds the certificate of `--tls-trust`; nothing when that certificate
 * was saved before. Throws when the server presents another one.
 */
export async function trustByFingerprint(
  url: string,
  fingerprint: string,
  way: ConnectionOptions,
): Promise<Trusted | undefined> {
  if (!/^https:/i.test(url)) {
    throw new Trouble('--tls-trust requires a URL that begins with https://.', {
      why: `Connections to ${url} are not encrypted, so there is no certificate.`,
      hint: 'Omit --tls-trust, or use the https:// URL of this GitLab with --url.',
      code: exitCode.usage,
    });
  }
  const { fetchChain, matchesFingerprint, readCertificates } = await import('../gitlab/certificate.ts');
  if (matchesFingerprint(readCertificates(way.ca ?? []), fingerprint)) return undefined;
  const chain = await fetchChain(url, way).catch(async (cause: Error) => {
    const trouble = new Trouble(`The certificate of ${url} cannot be read.`, { why: cause.message, cause });
    throw await diagnosed(url, way, trouble);
  });
  if (matchesFingerprint(chain, fingerprint)) return { host: new URL(url).hostname, pem: pemOf(chain) };
  throw new Trouble(`--tls-trust does not match the certificate of ${url}.`, {
    why: `The server presents:\n${certificateLines(chain).join('\n')}`,
    hint: 'Compare the SHA-256 with the one on the GitLab server, then use it with --tls-trust.',
    code: exitCode.usage,
  });
}

/** Looks closer at a GitLab that a script could not reach: the cause, with the certificate or the right address to use. */
export async function diagnosed(url: string, way: ConnectionOptions, trouble: Trouble): Promise<Trouble> {
  const found = await look(url, { ...way, attempts: 1 }).catch(() => undefined);
  if (found === undefined || found.gitlab) return trouble;
  // An answer that was understood stands, unless there is a better address.
  if (trouble.name === 'Refusal' && found.better === undefined) return trouble;
  const certificate =
    found.problem === 'tls-untrusted' && found.chain ? certificateLines(found.chain).join('\n') : undefined;
  const sha256 = found.chain?.[0]?.sha256;
  return new Trouble(found.message, {
    why: certificate ? `${found.why} The server presents:\n${certificate}` : found.why,
    hint: certificate
      ? `Add its CA with --tls-ca-file FILE. Or compare the SHA-256 with the one on the GitLab server, and add: --tls-trust ${sha256}`
      : found.hint,
    atPrompt: certificate
      ? 'Enter the GitLab URL again to be shown this certificate.'
      : withoutFlag(found.hint),
    code: trouble.code,
    cause: trouble,
  });
}
