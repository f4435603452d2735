import type { Finding } from '../../../app/findings.ts';
import type { ConfigInvocation } from '../../../app/invocation.ts';
import { exitCode, Trouble } from '../../../errors.ts';
import { spin } from '../../../terminal/spin.ts';
import type { Step } from '../output.ts';
import { accessOf } from './access.ts';
import { lookInsideAll } from './containers.ts';
import { askEngines } from './engine.ts';
import type { Examined } from './file.ts';
import { tryConnections } from './gitlab.ts';
import { nameFindings } from './names.ts';

/** What others answered: DNS, GitLab, Docker or Podman, and a container. */
export interface Asked {
  readonly steps: readonly Step[];
  readonly findings: readonly Finding[];
}

const nobody: Asked = { steps: [], findings: [] };

/** Asks all who know something of what a config file means; offline nobody, but what the hosts file says is told, too. */
export async function askAround(
  invocation: ConfigInvocation,
  { config }: Examined,
  how: { isOffline: boolean; inContainers: boolean },
): Promise<Asked> {
  if (how.isOffline && how.inContainers) throw contradiction();
  if (config === undefined) return nobody;
  const { world, say, path } = invocation;
  const [names, gitlab, engines] = await spin(world, say, 'Asking around', () =>
    Promise.all([
      nameFindings(config, path, world, how),
      how.isOffline ? nobody : tryConnections(config, path, world, accessOf(invocation)),
      how.isOffline ? nobody : askEngines(config, world),
    ]),
  );
  const inside = how.inContainers ? await lookInsideAll(invocation, config) : nobody;
  return {
    steps: [...gitlab.steps, ...engines.steps, ...inside.steps],
    findings: [
      ...names.filter((one) => !isDecided(one, inside.steps)),
      ...gitlab.findings,
      ...engines.findings,
      ...inside.findings,
    ],
  };
}

// What was seen in a container counts more than what was to be feared: Podman, for one, may hand the hosts file on.
const isDecided = ({ rule, place }: Finding, steps: readonly Step[]): boolean =>
  rule === 'hosts-file' && steps.some(({ about }) => about === place);

const contradiction = (): Trouble =>
  new Trouble('--test-containers does not go with --offline or --dry-run.', {
    hint: 'Leave one of them away: the test asks Docker or Podman.',
    code: exitCode.usage,
  });
