import { tablesIn, textIn, textsIn } from '../../config/model.ts';
import { volumeParts } from '../../settings/syntax.ts';
import { isTrueIn, socketOf } from './host-access.ts';
import type { Risk, Rule, Subject } from './rule.ts';

/** Whether jobs of a runner may start a Docker of their own, which they reach by the name `docker`. */
export const mayRunInnerDocker = (runner: unknown): boolean =>
  isTrueIn(runner, 'docker', 'privileged') ||
  isTrueIn(runner, 'docker', 'services_privileged') ||
  isTrueIn(runner, 'kubernetes', 'privileged') ||
  innerDocker(runner).what !== undefined;

interface Inner {
  /** The beginning of a sentence about it; absent when the file shows no Docker-in-Docker. */
  readonly what: string | undefined;
  readonly isService: boolean;
}

function innerDocker(runner: unknown): Inner {
  const services = tablesIn(runner, 'docker', 'services').map((service) => textIn(service, 'name'));
  const service = services.find((name) => /dind/.test(name));
  if (service !== undefined) return { what: `${service} is Docker-in-Docker`, isService: true };
  const isMeant = textsIn(runner, 'environment').some((one) => /^DOCKER_HOST=tcp:\/\/docker(:|$)/.test(one));
  const what = isMeant ? 'DOCKER_HOST in environment points to Docker-in-Docker' : undefined;
  return { what, isService: false };
}

function* rights({ at, runner, word }: Subject): Generator<Risk> {
  const { what, isService } = innerDocker(runner);
  if (what === undefined) return;
  if (isTrueIn(runner, 'docker', 'privileged') || isTrueIn(runner, 'docker', 'services_privileged')) return;
  yield {
    severity: isService ? 'error' : 'warning',
    rule: 'dind-privileged',
    at,
    path: isService ? ['docker', 'services'] : ['environment'],
    message: `${what}, which requires privileged mode`,
    next: `runner-setup edit ${word} --set docker.services_privileged=true`,
  };
}

function* bothWays({ at, runner, word }: Subject): Generator<Risk> {
  const isShared = socketOf(textsIn(runner, 'docker', 'volumes')) >= 0;
  const what = isShared ? innerDocker(runner).what : undefined;
  if (what === undefined) return;
  yield {
    severity: 'warning',
    rule: 'dind-socket',
    at,
    path: ['docker', 'volumes'],
    message: `${what}, and the host's Docker socket is also mounted`,
    why: 'Services get the mount too, so Docker in the service cannot listen on its socket.',
    next: `Choose one preset, docker-dind or docker-socket: runner-setup edit ${word} --preset docker-dind`,
  };
}

// Most who switch privileged on want Docker-in-Docker, whose service their .gitlab-ci.yml names.
function* certificates({ at, runner, word }: Subject): Generator<Risk> {
  const { what } = innerDocker(runner);
  const list = textsIn(runner, 'docker', 'volumes');
  if (what === undefined && !isTrueIn(runner, 'docker', 'privileged')) return;
  const withoutTls = textsIn(runner, 'environment').some((one) =>
    /^DOCKER_TLS_CERTDIR=("")?$|^DOCKER_HOST=.*:2375/.test(one),
  );
  const handsOver = list.some((volume) => (volumeParts(volume)?.target ?? volume).startsWith('/certs'));
  if (withoutTls || handsOver || socketOf(list) >= 0) return;
  yield {
    severity: what === undefined ? 'note' : 'warning',
    rule: 'dind-certificates',
    at,
    path: ['docker', 'volumes'],
    message:
      what === undefined
        ? 'privileged is set, but no volume shares /certs/client, which Docker-in-Docker requires'
        : `${what}, and no volume shares its certificates (/certs/client) with jobs`,
    why: 'The service uses TLS unless DOCKER_TLS_CERTDIR is empty.',
    next: `runner-setup edit ${word} --add docker.volumes=/certs/client`,
  };
}

/** The rules about Docker-in-Docker as far as the file shows it (a service, or a DOCKER_HOST for the jobs), and what it cannot work without. */
export const dindRules: readonly Rule[] = [
  {
    id: 'dind-certificates',
    keys: ['docker.volumes', 'docker.privileged', 'docker.services', 'environment'],
    find: certificates,
  },
  { id: 'dind-privileged', keys: ['docker.services', 'environment'], find: rights },
  { id: 'dind-socket', keys: ['docker.volumes'], find: bothWays },
];
