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
    doc: 'Fleeting plugin that creates instances, such as `aws`',
  },
  autoscalerMaxInstances: {
    flag: '--autoscaler-max-instances',
    toml: 'autoscaler.max_instances',
    kind: whole('N', 0),
    ask: 'Maximum number of machines',
    ours: true,
    doc: 'Maximum number of instances',
  },
  autoscalerCapacityPerInstance: {
    flag: '--autoscaler-capacity-per-instance',
    toml: 'autoscaler.capacity_per_instance',
    kind: whole('N', 1),
    ask: 'Concurrent jobs on each machine',
    ours: true,
    doc: 'Number of concurrent jobs on one instance',
  },
  autoscalerPluginConfig: {
    flag: '--autoscaler-plugin-config',
    toml: 'autoscaler.plugin_config',
    kind: textMap(),
    ask: 'Plugin settings (KEY=VALUE, space-separated)',
    ours: true,
    doc: 'Setting of the plugin, such as `name=my-asg`',
  },
  autoscalerUsername: {
    flag: '--autoscaler-username',
    toml: 'autoscaler.connector_config.username',
    kind: text('NAME', 'filled'),
    ask: 'User name on the machines',
    ours: true,
    doc: 'User name to log in to instances',
  },
} as const satisfies Record<string, Row>;
