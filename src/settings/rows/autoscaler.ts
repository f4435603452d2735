import { text, textMap, whole } from '../kinds.ts';
import type { Row } from '../row.ts';

/** The autoscaler; gitlab-runner's register has no flags for it, and it cannot start without these. */
export const autoscalerRows = {
  autoscalerPlugin: {
    flag: '--autoscaler-plugin',
    toml: 'autoscaler.plugin',
    kind: text('NAME', 'filled'),
    ask: 'Fleeting plugin (such as aws, googlecloud, azure)',
    ours: true,
    doc: 'The fleeting plugin that makes the machines, such as aws or googlecloud:latest',
  },
  autoscalerMaxInstances: {
    flag: '--autoscaler-max-instances',
    toml: 'autoscaler.max_instances',
    kind: whole('N', 0),
    ask: 'Most machines at once',
    ours: true,
    doc: 'How many machines may exist at once',
  },
  autoscalerCapacityPerInstance: {
    flag: '--autoscaler-capacity-per-instance',
    toml: 'autoscaler.capacity_per_instance',
    kind: whole('N', 1),
    ask: 'Jobs at once on each machine',
    ours: true,
    doc: 'How many jobs one machine takes at once',
  },
  autoscalerPluginConfig: {
    flag: '--autoscaler-plugin-config',
    toml: 'autoscaler.plugin_config',
    kind: textMap(),
    ask: 'Settings of the plugin, as key=value space-separated',
    ours: true,
    doc: 'Settings of the plugin, such as name=my-asg',
  },
  autoscalerUsername: {
    flag: '--autoscaler-username',
    toml: 'autoscaler.connector_config.username',
    kind: text('NAME', 'filled'),
    ask: 'User to log in with on the machines',
    ours: true,
    doc: 'The user to log in with on the machines',
  },
} as const satisfies Record<string, Row>;
