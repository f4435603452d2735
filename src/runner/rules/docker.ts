import { textIn, textsIn } from '../../config/model.ts';
import { usesDocker } from '../../settings/executors.ts';
import { doubleMounts } from '../../settings/syntax.ts';
import { quote } from '../../text/shell-quote.ts';
import { dindRules } from './dind.ts';
import { hostAccessRules, privilegedPods } from './host-access.ts';
import { networkRules } from './network.ts';
import type { Risk, Rule, Subject } from './rule.ts';

// Rules about containers are silent for executors that have none.
const inDocker = (rule: Rule): Rule => ({
  ...rule,
  find: (subject) => (usesDocker(subject.executor) ? rule.find(subject) : []),
});

const kubernetes = (rule: Rule): Rule => ({
  ...rule,
  find: (subject) => (subject.executor === 'kubernetes' ? rule.find(subject) : []),
});

function* volumes({ at, runner, word }: Subject): Generator<Risk> {
  const list = textsIn(runner, 'docker', 'volumes');
  for (const { volume, before, target } of doubleMounts(list)) {
    // The bare path makes a cache volume; the other one was put there by somebody.
    const bare = [volume, before].find((one) => one === target);
    const left = volume === before ? [...new Set(list)] : list.filter((one) => one !== bare);
    const isSafe = volume === before || bare === target;
    yield {
      severity: 'error',
      rule: 'volume-twice',
      at,
      path: ['docker', 'volumes'],
      message: `"${before}" and "${volume}" mount the same path ${target}`,
      why: 'Every job fails: the volume "is already defined".',
      next: isSafe
        ? 'runner-setup doctor --fix'
        : `runner-setup edit ${word} --remove ${quote(`docker.volumes=${volume}`)}`,
      ...(isSafe && { remedy: { do: 'set', at, path: ['docker', 'volumes'], value: left } as const }),
    };
  }
}

function* policies({ at, runner, word }: Subject, table: 'docker' | 'kubernetes'): Generator<Risk> {
  const used = textsIn(runner, table, 'pull_policy').flatMap((one) =>
    one.split(',').map((part) => part.trim()),
  );
  const allowed = textsIn(runner, table, 'allowed_pull_policies');
  if (used.length > 0 && allowed.length > 0 && !used.some((one) => allowed.includes(one))) {
    yield {
      severity: 'error',
      rule: 'pull-policy',
      at,
      path: [table, 'allowed_pull_policies'],
      message: `allowed_pull_policies does not contain pull_policy (${used.join(', ')})`,
      why: 'Every job fails.',
      next: `runner-setup edit ${word} --add ${quote(`${table}.allowed_pull_policies=${used[0]}`)}`,
    };
  }
  const cached = used.find((one) => one === 'if-not-present' || one === 'never');
  const type = /^([\w.-]*-)?(?:glrtr?-)?t([123])_/.exec(textIn(runner, 'token'))?.[2];
  if (cached === undefined || used.includes('always') || type === '3') return;
  yield {
    severity: type === '1' ? 'warning' : 'note',
    rule: 'cached-images',
    at,
    path: [table, 'pull_policy'],
    message: `pull_policy ${cached}${type === '1' ? ' on an instance runner' : ' on a shared runner'} lets projects use private images of others`,
    why: 'An image that was pulled once is used again without checking access at the registry.',
    next: `runner-setup edit ${word} --set ${table}.pull_policy='["always", "if-not-present"]'`,
  };
}

function* environment({ at, runner }: Subject): Generator<Risk> {
  const config = textsIn(runner, 'environment').find((one) => one.startsWith('DOCKER_AUTH_CONFIG='));
  if (config === undefined) return;
  const words = config.slice('DOCKER_AUTH_CONFIG='.length);
  const base = { rule: 'registry-auth', at, path: ['environment'] } as const;
  const next =
    'Keep it in a CI/CD variable of a project instead: runner-setup registry-auth add HOST --project ID';
  if (!words.startsWith('$') && !isJson(words)) {
    const message = 'DOCKER_AUTH_CONFIG in environment is not JSON';
    const why = 'gitlab-runner cannot read it. Single quotes in TOML avoid backslashes.';
    yield { ...base, severity: 'error', message, why };
    return;
  }
  const message = 'DOCKER_AUTH_CONFIG in environment is visible to every job';
  yield { ...base, severity: 'note', message, why: 'Each job can read the password of the registry.', next };
}

function isJson(words: string): boolean {
  try {
    JSON.parse(words);
    return true;
  } catch {
    return false;
  }
}

const policyKeys = (table: string): string[] => [`${table}.pull_policy`, `${table}.allowed_pull_policies`];

/** The rules about containers: what gives jobs power over the host, what excludes each other, volumes twice, pull policies. */
export const dockerRules: readonly Rule[] = [
  ...[
    privilegedPods,
    {
      id: 'pull-policy',
      keys: policyKeys('kubernetes'),
      find: (subject: Subject) => policies(subject, 'kubernetes'),
    },
  ].map(kubernetes),
  ...[
    ...hostAccessRules,
    ...dindRules,
    { id: 'volume-twice', keys: ['docker.volumes'], find: volumes },
    {
      id: 'pull-policy',
      keys: policyKeys('docker'),
      find: (subject: Subject) => policies(subject, 'docker'),
    },
    ...networkRules,
    { id: 'registry-auth', keys: ['environment'], find: environment },
  ].map(inDocker),
];
