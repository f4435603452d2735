import { isTable, type Table, tablesIn, textIn, valueAt } from '../../config/model.ts';
import { nearest } from '../../text/closest.ts';
import { isPlaceholder } from '../../text/expand.ts';
import { quantityOf } from '../../text/size.ts';
import { isTrueIn } from './host-access.ts';
import { editing, type Risk, type Rule, type Subject, speaking, type WritingRule } from './rule.ts';

const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] as const;

const keyPath = (key: string): string => `kubernetes.node_tolerations."${key}"`;

/** Tolerations: the key is KEY or KEY=VALUE, the value is the effect. */
function* tolerations(subject: Subject): Generator<Risk> {
  const table = valueAt(subject.runner, ['kubernetes', 'node_tolerations']);
  for (const [key, value] of isTable(table) ? Object.entries(table) : []) {
    const effect = typeof value === 'string' ? value : '';
    if (isPlaceholder(key) || isPlaceholder(effect)) continue;
    const [, bare = '', inner = ''] = /^(.*):(\w*)$/.exec(key) ?? [];
    const isInside = bare !== '' && nearestEffect(inner) !== undefined;
    if (!isInside && (effect === '' || isEffect(effect))) continue;
    const right = nearestEffect(isInside ? inner : effect) ?? 'NoSchedule';
    const message = isInside
      ? `the effect ${inner} of a toleration is part of its key "${key}"`
      : `unknown effect "${effect}" of a toleration; did you mean ${right}?`;
    yield {
      severity: 'error',
      rule: 'toleration',
      at: subject.at,
      path: ['kubernetes', 'node_tolerations', key],
      message,
      why: `The cluster refuses the pods. Use "KEY=VALUE" = "EFFECT" with ${effects.join(', ')}.`,
      next: isInside
        ? editing(subject, '--unset', keyPath(key), '--set', `${keyPath(bare)}=${right}`)
        : editing(subject, '--set', `${keyPath(key)}=${right}`),
    };
  }
}

const isEffect = (word: string): boolean => (effects as readonly string[]).includes(word);

const nearestEffect = (word: string): string | undefined =>
  effects.find((one) => one.toLowerCase() === word.toLowerCase().replace(/[-_ ]/g, '')) ??
  (word === '' ? undefined : nearest(word, effects));

interface Volume {
  readonly kind: string;
  readonly index: number;
  readonly volume: Table;
}

// In the order of the file, so that the second of two is the one to change.
function volumesOf({ runner }: Subject): Volume[] {
  const volumes = valueAt(runner, ['kubernetes', 'volumes']);
  return Object.keys(isTable(volumes) ? volumes : {}).flatMap((kind) =>
    tablesIn(volumes, kind).map((volume, index) => ({ kind, index, volume })),
  );
}

function* hostSocket(subject: Subject): Generator<Risk> {
  for (const { kind, index, volume } of volumesOf(subject)) {
    const path = textIn(volume, 'host_path') || textIn(volume, 'mount_path');
    if (kind !== 'host_path' || !/\/(docker|podman|containerd|crio)\.sock$/.test(path)) continue;
    yield {
      severity: 'warning',
      rule: 'socket',
      at: subject.at,
      path: ['kubernetes', 'volumes', kind, String(index)],
      message: `every job gets the container socket of its node (${path}), which equals root on the node`,
      why: 'Anyone who can push a .gitlab-ci.yml for this runner controls the nodes. Nodes without Docker have no such socket.',
      next: editing(subject, '--unset', keyOfVolume(subject, kind, index)),
    };
  }
}

function keyOfVolume({ runner }: Subject, kind: string, index: number): string {
  const isAlone = tablesIn(runner, 'kubernetes', 'volumes', kind).length === 1;
  return `kubernetes.volumes.${kind}${isAlone ? '' : `.${index}`}`;
}

function* twice(subject: Subject): Generator<Risk> {
  const seen = new Map<string, string>();
  for (const { kind, index, volume } of volumesOf(subject)) {
    const name = textIn(volume, 'name');
    if (name === '' || isPlaceholder(name)) continue;
    const before = seen.get(name);
    seen.set(name, before ?? kind);
    if (before === undefined) continue;
    yield {
      severity: 'error',
      rule: 'volume-name-twice',
      at: subject.at,
      path: ['kubernetes', 'volumes', kind, String(index), 'name'],
      message: `two volumes have the name "${name}" (${before}, ${kind})`,
      why: 'Volume names are unique in a pod, so the cluster refuses the pods.',
      next: editing(
        subject,
        '--set',
        `kubernetes.volumes.${kind}.${index}.name=${name}-${freeNumber(subject, name)}`,
      ),
    };
  }
}

function freeNumber(subject: Subject, name: string): number {
  const names = new Set(volumesOf(subject).map(({ volume }) => textIn(volume, 'name')));
  let number = 2;
  while (names.has(`${name}-${number}`)) number++;
  return number;
}

function* medium(subject: Subject): Generator<Risk> {
  for (const { kind, index, volume } of volumesOf(subject)) {
    const word = textIn(volume, 'medium');
    if (kind !== 'empty_dir' || /^(|Memory|HugePages.*)$/.test(word) || isPlaceholder(word)) continue;
    const key = `kubernetes.volumes.${kind}.${index}.medium`;
    yield {
      severity: 'error',
      rule: 'empty-dir-medium',
      at: subject.at,
      path: key.split('.'),
      message: `unknown medium "${word}" of an emptyDir volume; use Memory, or omit it`,
      why: 'The cluster refuses the pods.',
      next: /mem|ram|tmpfs/i.test(word)
        ? editing(subject, '--set', `${key}=Memory`)
        : editing(subject, '--unset', key),
    };
  }
}

function* innerDocker(subject: Subject): Generator<Risk> {
  const { at, runner } = subject;
  const names = tablesIn(runner, 'kubernetes', 'services').map((service) => textIn(service, 'name'));
  const service = names.findIndex((name) => /dind(?!.*rootless)/.test(name));
  const isPrivileged =
    isTrueIn(runner, 'kubernetes', 'privileged') ||
    isTrueIn(runner, 'kubernetes', 'service_container_security_context', 'privileged');
  if (service < 0 || isPrivileged) return;
  yield {
    severity: 'error',
    rule: 'dind-privileged',
    at,
    path: ['kubernetes', 'services', String(service)],
    message: `${names[service]} is Docker-in-Docker, which requires privileged mode`,
    next: editing(subject, '--set', 'kubernetes.service_container_security_context.privileged=true'),
  };
}

/** A request above the limit beside it, for each kind of container and resource. */
function* requests(subject: Subject): Generator<Risk> {
  for (const key of requestKeys) {
    const limitKey = key.replace('_request', '_limit');
    const [request, limit] = [key, limitKey].map((one) => textIn(subject.runner, 'kubernetes', one));
    const [asked, most] = [quantityOf(request!), quantityOf(limit!)];
    if (asked === undefined || most === undefined || asked <= most) continue;
    yield {
      severity: 'error',
      rule: 'request-above-limit',
      at: subject.at,
      path: ['kubernetes', key],
      message: `kubernetes.${key} (${request}) exceeds kubernetes.${limitKey} (${limit})`,
      why: 'The cluster refuses the pods.',
      next: editing(subject, '--set', `kubernetes.${key}=${limit}`),
    };
  }
}

const requestKeys = ['', 'helper_', 'service_', 'pod_'].flatMap((who) =>
  ['cpu', 'memory', 'ephemeral_storage'].map((what) => `${who}${what}_request`),
);

/** Those of them that are said before a write, too. */
export const podRules: readonly WritingRule[] = [
  { id: 'toleration', keys: ['kubernetes.node_tolerations'], find: tolerations },
  {
    id: 'request-above-limit',
    keys: requestKeys
      .flatMap((key) => [key, key.replace('_request', '_limit')])
      .map((key) => `kubernetes.${key}`),
    find: requests,
  },
  { id: 'socket', keys: ['kubernetes.volumes'], find: hostSocket },
  { id: 'volume-name-twice', keys: ['kubernetes.volumes'], find: twice },
  { id: 'empty-dir-medium', keys: ['kubernetes.volumes'], find: medium },
  { id: 'dind-privileged', keys: ['kubernetes.services', 'kubernetes.privileged'], find: innerDocker },
].map((rule) => speaking(inKubernetes(rule)));

function inKubernetes(rule: Rule): Rule {
  return { ...rule, find: (subject) => (subject.executor === 'kubernetes' ? rule.find(subject) : []) };
}
