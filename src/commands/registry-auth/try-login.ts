import { agentOf, warnOfIgnoredSwitch } from '../../app/connection.ts';
import { interruptible } from '../../app/interrupt.ts';
import { isSwitchedOn } from '../../app/invocation.ts';
import { proxiesOf } from '../../gitlab/proxies.ts';
import { type RegistryFinding, type RegistryLogin, tryRegistry } from '../../gitlab/registry/index.ts';
import { plainName } from '../../host/docker-config.ts';
import { registryCas } from '../../host/docker-files.ts';
import { findCertificates } from '../../host/places.ts';
import { spin } from '../../terminal/spin.ts';
import { harmless } from '../../text/sanitize.ts';
import type { RegistryAuthContext } from './context.ts';

/** Asks a registry whether it takes a login, behind a spinner; with the CAs that docker and gitlab-runner would use. */
export function tryLogin(
  context: RegistryAuthContext,
  registry: string,
  login: RegistryLogin | undefined,
): Promise<RegistryFinding> {
  const { world, say, path, settings, verbFlags } = context;
  const host = hostOf(registry);
  if (!URL.canParse(`https://${host}`)) {
    const message = `"${harmless(registry)}" is not a registry name.`;
    return Promise.resolve({ state: 'no-registry', url: '', message });
  }
  const { ca, client } = findCertificates(
    new URL(`https://${host}`).hostname,
    { caFile: settings.tlsCaFile },
    path,
    world,
  );
  const cas = [...(ca ? [ca.pem] : []), ...registryCas(host)];
  warnOfIgnoredSwitch(world, say);
  const way = {
    agent: agentOf(world),
    proxies: proxiesOf(world.env),
    onAnswer: (words: string) => say.detail(words),
    timeouts: { connect: 10_000, answer: 30_000 },
    insecure: isSwitchedOn(verbFlags, 'insecure'),
    ...(cas.length > 0 && { ca: cas }),
    ...client,
  };
  return interruptible(world, say, 0, ({ signal }) =>
    spin(world, say, `Asking the registry ${host}`, () => tryRegistry(host, login, { ...way, signal })),
  );
}

/** Where the API of a registry answers; that of Docker Hub has a name of its own. */
function hostOf(registry: string): string {
  const host = plainName(registry).split('/')[0]!;
  return host === 'docker.io' ? 'registry-1.docker.io' : host;
}

/** Whether a registry takes a login that was just typed; what else is wrong is said, for the runner may get there all the same. */
export async function isTaken(
  context: RegistryAuthContext,
  registry: string,
  login: RegistryLogin,
): Promise<boolean> {
  const { state, message, why } = await tryLogin(context, registry, login);
  const { say } = context;
  if (state === 'right') {
    say.talk(`${registry} accepts the credentials.`);
    return true;
  }
  const words = `${message}${why === undefined ? '' : ` ${why}`}`;
  if (state === 'wrong') say.talk(words);
  else say.warn(`The credentials were not checked: ${words}`);
  return state !== 'wrong';
}
