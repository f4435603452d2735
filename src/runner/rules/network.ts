import { textIn, textsIn } from '../../config/model.ts';
import { checkSyntax, tidyHostIp } from '../../settings/syntax.ts';
import { isPlaceholder } from '../../text/expand.ts';
import { quote } from '../../text/shell-quote.ts';
import { isTrueIn } from './host-access.ts';
import type { Risk, Rule, Subject } from './rule.ts';

function* modes({ at, runner, word }: Subject): Generator<Risk> {
  const mode = textIn(runner, 'docker', 'network_mode');
  const perBuild =
    isTrueIn(runner, 'feature_flags', 'FF_NETWORK_PER_BUILD') ||
    textsIn(runner, 'environment').some((one) => /^FF_NETWORK_PER_BUILD=(1|true)$/i.test(one));
  if (mode === '' || !perBuild) return;
  yield {
    severity: 'warning',
    rule: 'network',
    at,
    path: ['docker', 'network_mode'],
    message: `network_mode "${mode}" and FF_NETWORK_PER_BUILD cannot be combined`,
    why: 'With network_mode set, no network is created for the job.',
    next: `runner-setup edit ${word} --unset docker.network_mode`,
  };
}

function* servers({ at, runner, word }: Subject): Generator<Risk> {
  const wrong = textsIn(runner, 'docker', 'dns').filter(
    (one) => !isPlaceholder(one) && checkSyntax('ip', one) !== undefined,
  );
  for (const server of wrong) {
    yield {
      severity: 'error',
      rule: 'dns',
      at,
      path: ['docker', 'dns'],
      message: `dns "${server}" is not an IP address`,
      why: 'gitlab-runner 19.2 and later check it, so every job fails.',
      next: `runner-setup edit ${word} --remove ${quote(`docker.dns=${server}`)}`,
    };
  }
}

function* hosts({ at, runner, word }: Subject): Generator<Risk> {
  const list = textsIn(runner, 'docker', 'extra_hosts');
  const path = ['docker', 'extra_hosts'] as const;
  const tidy = list.map((one) => (checkSyntax('host-ip', one) === undefined ? tidyHostIp(one) : one));
  for (const [position, host] of list.entries()) {
    // What holds a variable is known only when it runs.
    if (isPlaceholder(host)) continue;
    const base = { severity: 'error', rule: 'extra-hosts', at, path } as const;
    if (checkSyntax('host-ip', host) !== undefined) {
      const next = `runner-setup edit ${word} --remove ${quote(`docker.extra_hosts=${host}`)}`;
      const why = 'Docker refuses it, so every job fails.';
      yield { ...base, message: `extra_hosts "${host}" is not HOST:IP`, why, next };
    } else if (tidy[position] !== host) {
      yield {
        ...base,
        message: `extra_hosts "${host}" has a form that only the docker command accepts`,
        why: `Docker's API requires "${tidy[position]}".`,
        next: 'runner-setup doctor --fix',
        remedy: { do: 'set', at, path, value: tidy },
      };
    }
  }
}

/** The rules about the network of containers: modes that exclude each other, and names and addresses that Docker would not take. */
export const networkRules: readonly Rule[] = [
  { id: 'network', keys: ['docker.network_mode'], find: modes },
  { id: 'dns', keys: ['docker.dns'], find: servers },
  { id: 'extra-hosts', keys: ['docker.extra_hosts'], find: hosts },
];
