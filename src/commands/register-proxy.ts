import { blockOf } from '../runner/block.ts';
import { findRunners } from '../runner/identity.ts';
import type { Circumstances } from '../runner/plan.ts';
import { textsIn } from '../runner/risks.ts';
import { type Gathered, learn } from '../settings/gather.ts';
import type { Start } from './ready.ts';

/** Puts the proxy that was given into the environment of the runner: that of the flags, else of the file, else of the template. */
export async function learnProxy(
  { world, say, dryRun }: Start,
  known: Gathered,
  { present, template, credential, env, same }: Circumstances,
): Promise<void> {
  const { proxy, noProxy, url = '', description, executor } = known.settings;
  if (proxy === undefined && noProxy === undefined) return;
  const { environmentFor, localGitlabs, refuseBoth } = await import('./edit-proxy.ts');
  refuseBoth({ proxy, noProxy });
  const isRunner = credential.kind === 'authentication';
  const wanted = isRunner ? { url, token: credential.token } : { url, name: description ?? '', executor };
  const [at] = known.settings.ifRegistered === 'add' ? [] : findRunners(present.runners, wanted, env, same);
  const block = blockOf(known.settings, { id: 0, token: '', obtainedAt: '', expiresAt: undefined }, template);
  const there = at === undefined ? {} : present.runners[at]!;
  const environment = known.settings.env ?? [...textsIn(at === undefined ? block : there, 'environment')];
  const host = URL.canParse(url) ? new URL(url).hostname : '';
  const local = await localGitlabs([{ url }], { world, say, isOffline: dryRun });
  const runner = { ...there, ...block, environment };
  learn(known, 'env', environmentFor(runner, { proxy, noProxy }, local.has(host) ? host : undefined), 'flag');
}
