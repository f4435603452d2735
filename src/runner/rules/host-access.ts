import { textsIn, valueAt } from '../../config/model.ts';
import { usesDocker } from '../../settings/executors.ts';
import { quote } from '../../text/shell-quote.ts';
import type { Risk, Rule, Subject, WritingRule } from './rule.ts';

/** Whether a switch of the runner is on. */
export const isTrueIn = (runner: unknown, ...path: string[]): boolean => valueAt(runner, path) === true;

/** The position of the first volume that is a container engine's socket; -1 when there is none. */
export const socketOf = (volumes: readonly string[]): number =>
  volumes.findIndex((volume) => /\/(docker|podman)\.sock(:|$)/.test(volume));

const isOpen = ({ runner }: Subject, table: 'docker' | 'kubernetes'): boolean =>
  isTrueIn(runner, table, 'privileged') && textsIn(runner, table, 'allowed_privileged_images').length === 0;

function* privileged(subject: Subject, table: 'docker' | 'kubernetes'): Generator<Risk> {
  const { at, executor, word } = subject;
  if (!isOpen(subject, table)) return;
  const host =
    executor === 'docker' || executor === 'docker-windows' ? 'this host' : 'the machine it runs on';
  yield {
    severity: 'warning',
    rule: 'privileged',
    at,
    path: [table, 'privileged'],
    message: `every job is privileged and can become root on ${host}`,
    why: 'Anyone who can push a .gitlab-ci.yml for this runner controls that machine.',
    next:
      table === 'kubernetes' || executor === 'docker-windows'
        ? `Protect the runner in GitLab, and use ${table === 'kubernetes' ? 'dedicated nodes' : 'a dedicated machine'}.`
        : `Protect the runner in GitLab, or make only one service privileged: runner-setup edit ${word} --preset docker-dind-rootless`,
  };
}

function* socket({ at, runner, word }: Subject): Generator<Risk> {
  const list = textsIn(runner, 'docker', 'volumes');
  const index = socketOf(list);
  if (index < 0) return;
  const isPodman = list[index]!.includes('podman.sock');
  yield {
    severity: 'warning',
    rule: 'socket',
    at,
    path: ['docker', 'volumes'],
    message: "every job gets the host's container socket, which equals root on this host",
    why: 'Jobs also share containers, container names, and mounted paths of the host.',
    next: isPodman
      ? `With Podman, set the socket as docker.host instead of mounting it in jobs: runner-setup edit ${word} --remove ${quote(`docker.volumes=${list[index]}`)} --set ${quote(`docker.host=unix://${list[index]!.split(':')[0]}`)}`
      : `Protect the runner in GitLab, or build without the socket: runner-setup edit ${word} --preset docker-dind-rootless`,
  };
}

const privilegedInDocker: WritingRule = {
  id: 'privileged',
  keys: ['docker.privileged'],
  find: (subject) => (usesDocker(subject.executor) ? privileged(subject, 'docker') : []),
  *warn(subject) {
    if (usesDocker(subject.executor) && isOpen(subject, 'docker'))
      yield 'docker.privileged: every job can become root on this host. Protect the runner in GitLab, or set --docker-allowed-privileged-images.';
  },
};

const socketRule: WritingRule = {
  id: 'socket',
  keys: ['docker.volumes'],
  find: (subject) => (usesDocker(subject.executor) ? socket(subject) : []),
  *warn({ runner, executor }) {
    if (usesDocker(executor) && socketOf(textsIn(runner, 'docker', 'volumes')) >= 0)
      yield "Every job gets the host's container socket, which equals root on this host.";
  },
};

/** The rules about what makes jobs root on the host: privileged containers and the socket of the engine. */
export const hostAccessRules: readonly WritingRule[] = [privilegedInDocker, socketRule];

/** Privileged pods of Kubernetes, of which doctor alone speaks. */
export const privilegedPods: Rule = {
  id: 'privileged',
  keys: ['kubernetes.privileged'],
  find: (subject) => privileged(subject, 'kubernetes'),
};
