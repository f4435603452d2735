import { type Table, textIn, textsIn } from '../config/model.ts';
import { exitCode, Trouble } from '../errors.ts';
import { isProxied, proxiesOf } from '../gitlab/proxies.ts';
import { bare, isPrivate } from '../host/names.ts';
import { platformOf } from '../host/platform/index.ts';
import { withEdits } from '../runner/edit.ts';
import type { Edit } from '../runner/edit-request.ts';
import { type ProxySettings, type Snippet, snippetsFor, variablesIn, withProxy } from '../runner/proxy.ts';
import { mayRunInnerDocker } from '../runner/rules/dind.ts';
import { usesDocker } from '../settings/executors.ts';
import { isProxyVariable } from '../settings/proxy.ts';
import type { Settings } from '../settings/table.ts';
import type { Say } from '../terminal/say.ts';
import { spin } from '../terminal/spin.ts';
import type { World } from '../world.ts';
import { addressOf, localNameOf } from './job-network.ts';

/** Whether a proxy for the jobs was named, or what goes past it. */
export const isAboutProxy = ({ proxy, noProxy }: Settings): boolean =>
  proxy !== undefined || noProxy !== undefined;

/** Who looks up the names of GitLab's hosts, and whether that may go over the network. */
interface LookUpVoice {
  readonly world: World;
  readonly say: Say;
  readonly isOffline: boolean;
}

/** The edits that `--proxy` and `--no-proxy` make of each runner, as all other edits leave it; nothing when neither was given. */
export async function proxyEdits(
  { proxy, noProxy }: ProxySettings,
  runners: readonly Table[],
  others: readonly Edit[],
  { world, say, isOffline }: LookUpVoice,
): Promise<((runner: Table) => Edit[]) | undefined> {
  if (proxy === undefined && noProxy === undefined) return undefined;
  refuseBoth({ proxy, noProxy });
  refuseEnvironment(others);
  const local = await localGitlabs(runners, { world, say, isOffline });
  const said = new Set<string>();
  return (runner) => {
    const host = addressOf(runner, world)?.hostname ?? '';
    const edit = proxyEdit(runner, { proxy, noProxy }, local.has(host) ? host : undefined);
    if (!said.has(host)) noteGitlab(say, withEdits(runner, [edit]), world);
    said.add(host);
    return [edit];
  };
}

/** The edit of a runner's environment that sets or takes away its proxy. */
export function proxyEdit(
  runner: Table,
  { proxy, noProxy }: ProxySettings,
  localGitlab: string | undefined,
): Edit {
  const environment = environmentFor(runner, { proxy, noProxy }, localGitlab);
  const from = proxy === undefined ? '--no-proxy' : '--proxy';
  const edit = { level: 'runner', path: ['environment'], from } as const;
  return environment.length > 0 ? { ...edit, do: 'set', value: environment } : { ...edit, do: 'unset' };
}

/** Refuses to name what goes past a proxy that is taken away. */
export function refuseBoth({ proxy, noProxy }: ProxySettings): void {
  if (proxy !== '' || noProxy === undefined) return;
  throw new Trouble('--proxy "" removes the proxy, so it cannot be combined with --no-proxy.', {
    hint: 'Omit --no-proxy. Its list is removed with the proxy.',
    code: exitCode.usage,
  });
}

function refuseEnvironment(edits: readonly Edit[]): void {
  const other = edits.find(
    ({ level, path, do: what }) =>
      level === 'runner' && path[0] === 'environment' && (what === 'set' || what === 'unset'),
  );
  if (other === undefined) return;
  throw new Trouble(`--proxy and ${other.from} both set environment.`, {
    hint: 'Use two commands, or add single variables: --add environment=NAME=VALUE',
    code: exitCode.usage,
  });
}

/** The GitLab hosts of runners that no proxy outside would find: each by its name, as far as it is known on this network only. */
export async function localGitlabs(
  runners: readonly Table[],
  { world, say, isOffline }: LookUpVoice,
): Promise<ReadonlySet<string>> {
  const hosts = new Set(runners.flatMap((runner) => addressOf(runner, world)?.hostname ?? []));
  return spin(world, say, 'Looking up GitLab', async () => {
    const asked = [...hosts].map(async (host) =>
      isPrivate(host) || (await localNameOf(host, world, { isOffline })) !== undefined ? [host] : [],
    );
    return new Set((await Promise.all(asked)).flat());
  });
}

/** The environment of a runner with another proxy; a GitLab that no proxy outside would find is reached past it. */
export const environmentFor = (
  runner: Table,
  proxy: ProxySettings,
  localGitlab: string | undefined,
): string[] =>
  withProxy(textsIn(runner, 'environment'), proxy, {
    isInnerDocker: mayRunInnerDocker(runner),
    localGitlab: localGitlab && bare(localGitlab),
  });

function noteGitlab(say: Say, runner: Table, world: World): void {
  const url = addressOf(runner, world);
  if (url === undefined || !isProxied(url, proxiesOf(variablesIn(runner)))) return;
  say.note(`jobs reach ${url.hostname} through the proxy. To bypass the proxy: --no-proxy ${url.hostname}`);
}

/** A change of one key: at the top of the file, or of the runner at a position from 0. */
interface ValueChange {
  readonly at: 'global' | number;
  readonly path: readonly string[];
  readonly old: unknown;
  readonly new: unknown;
}

/**
 * What belongs to another proxy besides: for the runners at the positions it was named for, else for those whose proxy
 * changed. `runners` are all of the file as it is afterwards.
 */
export function snippetsOf(
  runners: readonly Table[],
  changes: readonly ValueChange[],
  proxied: readonly number[] | undefined,
  world: World,
): Snippet[] {
  const changed = changes.flatMap(({ at, path, old, new: now }) => {
    const [before, behind] = [old, now].map((value) => textsIn({ value }, 'value').filter(isProxyVariable));
    return at !== 'global' && path[0] === 'environment' && `${before}` !== `${behind}` ? [at] : [];
  });
  const meant = (proxied ?? changed).map((at) => runners[at] ?? {});
  const withDocker = meant.some((runner) => usesDocker(textIn(runner, 'executor')));
  return snippetsFor(
    meant.map((runner) => textsIn(runner, 'environment')),
    withDocker,
    platformOf(world).serviceManager,
  );
}

/** Shows pieces of files to be copied: results, as they belong into the files. */
export function tellSnippets(say: Say, snippets: readonly Snippet[]): void {
  if (snippets.length === 0) return;
  say.talk('\nJobs use the proxy. Other programs require it in these files:');
  for (const { file, about, text } of snippets) say.result(`\n# ${file}\n# ${about}\n${text}`);
  if (snippets.some(({ text }) => text.includes('[hidden]')))
    say.note('the user name and password of the proxy are hidden. Replace [hidden] with them.');
}
