import type { Config } from '../config/read.ts';
import { accessOf } from './doctor-access.ts';
import { askEngines } from './doctor-engine.ts';
import { tryConnections } from './doctor-gitlab.ts';
import type { Finding } from './doctor-show.ts';
import type { Step } from './doctor-steps.ts';
import type { Order } from './order.ts';

/** What others said: the steps that were tried, and what is wrong. */
export interface Asked {
  readonly steps: readonly Step[];
  readonly findings: readonly Finding[];
}

/** What is known when nobody is asked. */
export const nobody: Asked = { steps: [], findings: [] };

/** Asks the GitLab of each runner, and the Docker or Podman of this machine; nobody where the file cannot be read. */
export async function askAround(order: Order, config: Config | undefined): Promise<Asked> {
  if (config === undefined) return nobody;
  const { path, world } = order;
  const [gitlab, engines] = await Promise.all([
    tryConnections(config, path, world, accessOf(order)),
    askEngines(config, world),
  ]);
  return { steps: [...gitlab.steps, ...engines.steps], findings: [...gitlab.findings, ...engines.findings] };
}
