import { textIn, textsIn } from '../../config/model.ts';
import { runsInContainers, usesDocker } from '../../settings/executors.ts';
import { entriesOn, gateway } from '../job-network.ts';
import { editing, type Risk, replacing, type Subject, speaking, type WritingRule } from './rule.ts';

const isLoopback = (host: string): boolean =>
  /^(localhost|127(\.\d+){1,3}|0\.0\.0\.0|\[?::1?\]?)$/i.test(host);

const sharesNetwork = (runner: unknown): boolean => textIn(runner, 'docker', 'network_mode') === 'host';

function* hosts(subject: Subject): Generator<Risk> {
  const { at, runner, executor } = subject;
  if (!usesDocker(executor) || sharesNetwork(runner)) return;
  for (const entry of textsIn(runner, 'docker', 'extra_hosts')) {
    const [, host = '', address = ''] = /^([^:=]+)[:=](.*)$/.exec(entry) ?? [];
    if (!isLoopback(address) || isLoopback(host)) continue;
    yield {
      severity: 'warning',
      rule: 'extra-host-loopback',
      at,
      path: ['docker', 'extra_hosts'],
      message: `extra_hosts "${entry}": in a container, ${address} is the container itself`,
      why: `Jobs connect to ${host} in their own container. host-gateway means this host.`,
      next: replacing(subject, 'docker.extra_hosts', entry, `${host}:host-gateway`),
    };
  }
}

/** The key of each cache that holds an address. */
const cacheAddress = ['cache', 's3', 'ServerAddress'] as const;

function* caches(subject: Subject): Generator<Risk> {
  const { at, runner, executor } = subject;
  const [, host = '', port = ''] =
    /^(?:https?:\/\/)?(\[[^\]]*\]|[^:/]*)(:\d+)?/.exec(textIn(runner, ...cacheAddress)) ?? [];
  if (!runsInContainers(executor) || sharesNetwork(runner) || !isLoopback(host)) return;
  const isHere = executor === 'docker';
  const known = isHere && entriesOn(runner, gateway).length === 0;
  yield {
    severity: 'warning',
    rule: 'cache-loopback',
    at,
    path: cacheAddress,
    message: `the cache is at ${host}, which in a container is the container itself`,
    why: 'Jobs in containers cannot reach the cache and run without it.',
    next: editing(
      subject,
      ...(known ? ['--add', `docker.extra_hosts=${gateway}:host-gateway`] : []),
      '--set',
      `${cacheAddress.join('.')}=${isHere ? gateway : 'cache.example.com'}${port}`,
    ),
  };
}

/** The rules about addresses that mean the container itself where jobs use them. */
export const loopbackRules: readonly WritingRule[] = [
  { id: 'extra-host-loopback', keys: ['docker.extra_hosts'], find: hosts },
  { id: 'cache-loopback', keys: [cacheAddress.join('.')], find: caches },
].map(speaking);
