import type { Table } from '../../runner/block.ts';
import type { Wish } from '../../runner/edit-request.ts';
import type { Settings } from '../../settings/table.ts';
import type { Start } from './plan.ts';

/** What the proxy that was given wishes of the runner, as all else leaves it; nothing when none was given. */
export async function proxyOf(
  { world, say, dryRun }: Start,
  { proxy, noProxy, url = '' }: Settings,
): Promise<((runner: Table) => readonly Wish[]) | undefined> {
  if (proxy === undefined && noProxy === undefined) return undefined;
  const { localGitlabs, proxyWish, refuseBoth } = await import('../../app/proxy.ts');
  refuseBoth({ proxy, noProxy });
  const host = URL.canParse(url) ? new URL(url).hostname : '';
  const local = await localGitlabs([{ url }], { world, say, isOffline: dryRun });
  return (runner) => [proxyWish(runner, { proxy, noProxy }, local.has(host) ? host : undefined)];
}
