import type { Table } from '../../config/model.ts';
import type { Edit } from '../../runner/edit-request.ts';
import type { Settings } from '../../settings/table.ts';
import type { RegisterContext } from './plan.ts';

/** What the proxy that was given wishes of the runner, as all else leaves it; nothing when none was given. */
export async function proxyOf(
  { world, say, dryRun }: RegisterContext,
  { proxy, noProxy, url = '' }: Settings,
): Promise<((runner: Table) => readonly Edit[]) | undefined> {
  if (proxy === undefined && noProxy === undefined) return undefined;
  const { localGitlabs, proxyWish, refuseBoth } = await import('../../app/proxy.ts');
  refuseBoth({ proxy, noProxy });
  const host = URL.canParse(url) ? new URL(url).hostname : '';
  const local = await localGitlabs([{ url }], { world, say, isOffline: dryRun });
  return (runner) => [proxyWish(runner, { proxy, noProxy }, local.has(host) ? host : undefined)];
}
