import { exitCode, Trouble } from '../errors.ts';
import { type Gitlab, openGitlab } from '../gitlab/calls.ts';
import { type Connection, quietWasmTierUp } from '../gitlab/connection.ts';
import { proxiesOf } from '../gitlab/proxies.ts';
import { lookupBy } from '../host/names.ts';
import { findCertificates } from '../host/places.ts';
import { textOf } from '../runner/identity.ts';
import type { RunnerEntry } from '../runner/select.ts';
import { urlOf } from '../runner/selectors.ts';
import { harmless } from '../text/sanitize.ts';
import type { Invocation } from './invocation.ts';
import { agentOf } from './runner-info.ts';

type Asker = Pick<Invocation, 'world' | 'say' | 'path' | 'settings'>;

/** Asks the GitLab of a runner that stands in the file, with the certificates that its entry or its host's name tells. */
export async function atGitlabOf<T>(
  invocation: Asker,
  place: RunnerEntry,
  how: Pick<Connection, 'signal' | 'onWait'>,
  ask: (gitlab: Gitlab) => Promise<T>,
): Promise<T> {
  await quietWasmTierUp(invocation.world.versions.v8);
  const gitlab = openGitlab({ ...lineTo(invocation, place), ...how });
  try {
    return await ask(gitlab);
  } finally {
    await gitlab.close();
  }
}

function lineTo({ world, say, path, settings }: Asker, { at, runner }: RunnerEntry): Connection {
  const url = urlOf(runner, world.env);
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) {
    const shown = url === '' ? 'has no url' : `has the url "${harmless(url, 80)}", which is no address`;
    throw new Trouble(`The runner #${at + 1} in ${path} ${shown}.`, {
      hint: `runner-setup edit "#${at + 1}" --url https://gitlab.example.com`,
      code: exitCode.usage,
    });
  }
  const named = {
    caFile: settings.tlsCaFile ?? textOf(runner, 'tls-ca-file'),
    certFile: settings.tlsCertFile ?? textOf(runner, 'tls-cert-file'),
    keyFile: settings.tlsKeyFile ?? textOf(runner, 'tls-key-file'),
  };
  const { ca, client } = findCertificates(new URL(url).hostname, named, path, world);
  const lookup = lookupBy(world);
  return {
    url,
    agent: agentOf(world),
    proxies: proxiesOf(world.env),
    ...(lookup && { lookup }),
    onAnswer: (words) => say.detail(words),
    ...(ca && { ca: [ca.pem] }),
    ...client,
  };
}

/** What is said while an attempt is waited for. */
export const waitWords = ({
  seconds,
  attempt,
  of,
  because,
}: Parameters<NonNullable<Connection['onWait']>>[0]) =>
  `${because}: attempt ${attempt} of ${of} in ${Math.ceil(seconds)} s`;
