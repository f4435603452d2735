import { startAndRead } from '../child.ts';
import { exitCode, Trouble } from '../errors.ts';
import type { Env } from '../world.ts';
import type { Secret } from './docker-config.ts';

/** Asks `docker-credential-NAME` for the secret of a registry; throws when it is missing, fails, has none, or when the signal ends it. */
export async function askHelper(
  name: string,
  registry: string,
  env: Env,
  signal: AbortSignal,
): Promise<Secret> {
  const told = readAnswer(await run(name, 'get', registry, { env, signal }));
  const { Username: user, Secret: secret } = told ?? {};
  if (typeof user !== 'string' || typeof secret !== 'string' || secret === '') {
    throw new Trouble(`${programOf(name)} returned no credentials for ${registry}.`, {
      hint: `Log in again: docker login ${registry}`,
    });
  }
  // Docker's own mark for a secret that is no password.
  return user === '<token>' ? { identityToken: secret } : { user, password: secret };
}

/** Asks `docker-credential-NAME` which registries it knows; gives the user of each. */
export async function listHelper(
  name: string,
  env: Env,
  signal: AbortSignal,
): Promise<Record<string, string>> {
  const told = readAnswer(await run(name, 'list', '', { env, signal })) ?? {};
  const known = Object.entries(told).filter(([, user]) => typeof user === 'string');
  return Object.fromEntries(known) as Record<string, string>;
}

/** Throws for a helper that gitlab-runner would not start: a name with a path in it fails the job (auth.go). */
export function checkHelper(name: string): void {
  if (/^[\w.-]+$/.test(name) && !name.startsWith('-') && !/^\.+$/.test(name)) return;
  throw new Trouble(`"${name.replace(/[^\x20-\x7e]/g, '?')}" cannot be a credential helper.`, {
    why: 'The name must not contain a path or the prefix docker-credential-. With a path, gitlab-runner fails the job.',
    hint: 'Use only the end of the name: ecr-login for docker-credential-ecr-login.',
    code: exitCode.usage,
  });
}

/** The program of a helper. */
export const programOf = (name: string): string => `docker-credential-${name}`;

// The registry goes in by stdin and the secret comes out by stdout, as docker does it: nothing stands in the arguments.
function run(
  name: string,
  act: 'get' | 'list',
  registry: string,
  how: { readonly env: Env; readonly signal: AbortSignal },
): Promise<string> {
  checkHelper(name);
  const { signal } = how;
  return new Promise((resolve, reject) => {
    const child = startAndRead(
      programOf(name),
      [act],
      { ...how, timeout: 60_000 },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(signal.aborted ? signal.reason : failed(name, registry, error, stdout || stderr));
      },
    );
    // A helper may end without having read.
    child.stdin?.on('error', () => {});
    child.stdin?.end(registry);
  });
}

function failed(
  name: string,
  registry: string,
  error: { code?: unknown; killed?: boolean },
  said: string,
): Trouble {
  const program = programOf(name);
  if (error.code === 'ENOENT') {
    return new Trouble(`The credential helper ${program} is not installed.`, {
      why: `The Docker config refers to it, but it was not found in PATH.`,
      hint: `Install it, or enter the credentials: --username NAME --password-stdin`,
    });
  }
  const line = said
    .trim()
    .split('\n')[0]!
    .replace(/[^\x20-\x7e]/g, '?')
    .slice(0, 200);
  return new Trouble(`${program} returned nothing${registry === '' ? '' : ` for ${registry}`}.`, {
    why: error.killed ? 'It did not respond within 60 seconds.' : `Its message: ${line || 'none'}`,
    hint: `Log in again: docker login ${registry}\nOr enter the credentials: --username NAME --password-stdin`,
  });
}

function readAnswer(text: string): Record<string, unknown> | undefined {
  try {
    const told: unknown = JSON.parse(text);
    return typeof told === 'object' && told !== null ? (told as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
