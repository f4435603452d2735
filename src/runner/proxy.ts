import { type Table, textsIn } from '../config/model.ts';
import { exitCode, Trouble } from '../errors.ts';
import {
  directVariables,
  isProxyVariable,
  proxyAddress,
  proxyVariables,
  shownProxy,
} from '../settings/proxy.ts';

/** What is to become of the proxy of the jobs; an empty text takes away, what is absent stays. */
export interface ProxySettings {
  readonly proxy?: string | undefined;
  readonly noProxy?: string | undefined;
}

/** What belongs into NO_PROXY whoever asks. */
interface DirectWays {
  /** Whether jobs may start a Docker of their own, which they reach by the name `docker`. */
  readonly isInnerDocker: boolean;
  /** The host of a GitLab that no proxy outside would find. */
  readonly localGitlab?: string | undefined;
}

/**
 * The `environment` of a runner with another proxy: earlier ones are replaced, all else keeps its place. Throws when
 * there is no proxy that hosts could go past.
 */
export function withProxy(
  environment: readonly string[],
  { proxy, noProxy }: ProxySettings,
  ways: DirectWays,
): string[] {
  const others = (wanted: readonly string[]) =>
    environment.filter(
      (item, at) => !isProxyVariable(item) || (wanted.includes(item) && environment.indexOf(item) === at),
    );
  if (proxy === '') return others([]);
  const addresses =
    proxy === undefined
      ? presentProxies(environment)
      : proxyVariables.map((name) => `${name}=${proxyAddress(proxy)}`);
  const list = directHosts(environment, noProxy, ways).join(',');
  const wanted = [...addresses, ...directVariables.map((name) => `${name}=${list}`)];
  const kept = others(wanted);
  return [...kept, ...wanted.filter((item) => !kept.includes(item))];
}

function presentProxies(environment: readonly string[]): string[] {
  const found = environment.filter((item) => isProxyVariable(item) && !/^no_proxy=/i.test(item));
  if (found.length > 0) return found;
  throw new Trouble('--no-proxy requires a proxy, but the environment of this runner has none.', {
    hint: 'Add the proxy: --proxy http://proxy.example.com:3128 --no-proxy LIST',
    code: exitCode.usage,
  });
}

/** The hosts in NO_PROXY: those given, else those that are there, and those that always belong there. */
function directHosts(environment: readonly string[], given: string | undefined, ways: DirectWays): string[] {
  const named = given === undefined ? valuesOf(environment, /^no_proxy=(.*)$/is) : [given];
  const needed = [
    'localhost',
    '127.0.0.1',
    // Where Docker-in-Docker listens; the ports keep other hosts of that name behind the proxy.
    ...(ways.isInnerDocker ? ['docker:2375', 'docker:2376'] : []),
    ...(ways.localGitlab === undefined ? [] : [ways.localGitlab]),
  ];
  return hostsIn([...named, ...needed]);
}

/** A piece of a file of another program, to be copied by a person. */
export interface Snippet {
  readonly file: string;
  readonly about: string;
  readonly text: string;
}

/**
 * What the proxy in the `environment` of runners needs besides: gitlab-runner's own service, which `manager` starts, the
 * Docker daemon that pulls images, and images that jobs build. User and password are left out.
 */
export function snippetsFor(
  environments: readonly (readonly string[])[],
  withDocker: boolean,
  manager: keyof typeof serviceSnippets = 'systemd',
): Snippet[] {
  const all = environments.flat();
  const first = (name: RegExp) => valuesOf(all, name)[0];
  const proxy = first(/^https_proxy=(.*)$/is) ?? first(/^http_proxy=(.*)$/is);
  if (proxy === undefined) return [];
  const shown = shownProxy(proxy);
  const direct = hostsIn(valuesOf(all, /^no_proxy=(.*)$/is)).join(',');
  const service = serviceSnippets[manager]([
    `HTTP_PROXY=${shown}`,
    `HTTPS_PROXY=${shown}`,
    `NO_PROXY=${direct}`,
  ]);
  if (!withDocker) return [service];
  // Docker Desktop has a proxy of its own in its settings.
  const daemon = manager === 'systemd' ? [daemonSnippet(shown, direct)] : [];
  return [service, ...daemon, clientSnippet(shown, direct)];
}

const valuesOf = (environment: readonly string[], name: RegExp): string[] =>
  environment.flatMap((item) => name.exec(item)?.[1] ?? []);

const hostsIn = (lists: readonly string[]): string[] =>
  [...new Set(lists.flatMap((list) => list.split(/[\s,]+/)))].filter((one) => one !== '');

/** How each service manager gives gitlab-runner variables, each `NAME=value`. */
const serviceSnippets = {
  systemd: (variables: readonly string[]): Snippet => ({
    file: '/etc/systemd/system/gitlab-runner.service.d/http-proxy.conf',
    about: 'For gitlab-runner itself. To apply: systemctl daemon-reload && systemctl restart gitlab-runner',
    // systemd reads % as the beginning of a specifier.
    text: ['[Service]', ...variables.map((one) => `Environment="${one.replaceAll('%', '%%')}"`)].join('\n'),
  }),
  launchd: (variables: readonly string[]): Snippet => ({
    file: '~/Library/LaunchAgents/gitlab-runner.plist',
    about: 'For gitlab-runner itself, in the outer dict. To apply: gitlab-runner stop && gitlab-runner start',
    text: ['<key>EnvironmentVariables</key>', '<dict>', ...variables.map(plistEntry), '</dict>'].join('\n'),
  }),
  windows: (variables: readonly string[]): Snippet => ({
    file: 'PowerShell, with "Run as administrator"',
    about: 'For gitlab-runner itself. To apply: Restart-Service gitlab-runner',
    text: `New-ItemProperty -Force -Path HKLM:\\SYSTEM\\CurrentControlSet\\Services\\gitlab-runner -Name Environment -PropertyType MultiString -Value ${variables.map((one) => `'${one.replaceAll("'", "''")}'`).join(', ')}`,
  }),
};

const plistEntry = (variable: string): string => {
  const [name, ...value] = variable.split('=');
  const text = value.join('=').replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `  <key>${name}</key><string>${text}</string>`;
};

const daemonSnippet = (proxy: string, direct: string): Snippet => ({
  file: '/etc/docker/daemon.json',
  about: 'For the Docker daemon, which pulls images (Docker 23 or later). To apply: systemctl restart docker',
  text: JSON.stringify(
    { proxies: { 'http-proxy': proxy, 'https-proxy': proxy, 'no-proxy': direct } },
    null,
    2,
  ),
});

const clientSnippet = (proxy: string, direct: string): Snippet => ({
  file: '~/.docker/config.json',
  about: 'For images built with the docker command, in jobs or by this user on this host',
  text: JSON.stringify(
    { proxies: { default: { httpProxy: proxy, httpsProxy: proxy, noProxy: direct } } },
    null,
    2,
  ),
});

/** The value of a variable in the `environment` of a runner; of several the last counts, as in gitlab-runner. */
export function variableIn(runner: Table, name: string): string | undefined {
  return textsIn(runner, 'environment')
    .findLast((one) => one.startsWith(`${name}=`))
    ?.slice(name.length + 1);
}

/** All variables in the `environment` of a runner. */
export const variablesIn = (runner: Table): Record<string, string> =>
  Object.fromEntries(textsIn(runner, 'environment').map((one) => one.split(/=(.*)/s)));

/** The `environment` of a runner with another value of a variable, in its place; `undefined` takes the variable out. */
export function environmentWith(runner: Table, name: string, value: string | undefined): string[] {
  const present = textsIn(runner, 'environment');
  const last = present.findLastIndex((one) => one.startsWith(`${name}=`));
  const fresh = value === undefined ? [] : [`${name}=${value}`];
  if (last < 0) return [...present, ...fresh];
  return present.flatMap((one, at) => (at === last ? fresh : one.startsWith(`${name}=`) ? [] : [one]));
}
