import { textIn } from '../../config/model.ts';
import { exitCode, Trouble } from '../../errors.ts';
import type { Edit } from '../../runner/edit-request.ts';
import { metricsAddress, metricsSnippets, usualMetrics } from '../../runner/metrics.ts';
import type { Snippet } from '../../runner/proxy.ts';
import { checkSyntax } from '../../settings/syntax.ts';
import type { EditContext } from './context.ts';

/**
 * What `--metrics` asks for: the address of the metrics server, which stays where one is set and none was given, and what
 * Prometheus needs. Warns of an address that others can reach. Throws for what is no address.
 */
export function planMetrics(
  { config, say, world, settings }: EditContext,
  word: string,
): { readonly edits: readonly Edit[]; readonly snippets: readonly Snippet[] } {
  const address = word || textIn(config.globals, 'listen_address') || usualMetrics;
  const right = checkSyntax('listen', address);
  if (right !== undefined)
    throw new Trouble(`--metrics: "${address}" is not an address to listen at.`, {
      hint: `Use ${right}.`,
      code: exitCode.usage,
    });
  const parts = metricsAddress(address);
  if (!parts.isLoopback)
    say.warn(
      `The metrics server at ${address} has no authentication and no TLS. Limit access to it with a firewall, or use ${usualMetrics}.`,
    );
  if (settings.container !== undefined)
    say.note(
      'in a container, publish the port of the metrics server, and listen at all addresses (:9252) inside.',
    );
  else if (parts.isLoopback)
    say.note(
      `Prometheus on another host cannot reach ${address}. To listen on all addresses: runner-setup edit --metrics :${parts.port}`,
    );
  const edit: Edit = {
    level: 'global',
    path: ['listen_address'],
    from: '--metrics',
    do: 'set',
    value: address,
  };
  return { edits: [edit], snippets: metricsSnippets(parts, world.hostname) };
}
