import { expect, test } from 'vitest';
import { editConfig } from '../../../src/config/edit.ts';
import { readConfig } from '../../../src/config/read.ts';
import { typeFaults } from '../../../src/config/types.ts';
import { autoscalerOf, groupOf } from '../../../src/runner/docker-machine.ts';
import { periodFor } from '../../../src/runner/periods.ts';

const fileOf = (machine: string, more = '') => `concurrent = 50
[[runners]]
  name = "m"
  executor = "docker+machine"
${more}  [runners.machine]
${machine}`;

/** The autoscaler as it stands in the file afterwards, and what is left to do. */
async function migrated(machine: string, more = '') {
  const config = (await readConfig(fileOf(machine, more), 'config.toml'))!;
  const { table, byHand } = autoscalerOf(config.runners[0]!, config.globals, 'jobs');
  const after = editConfig(config, [
    { do: 'unset', at: 0, path: ['machine'] },
    { do: 'set', at: 0, path: ['autoscaler'], value: table },
  ]);
  expect(typeFaults((await readConfig(after, 'config.toml'))!, 5)).toEqual([]);
  const [, text] = after.split(/(?=^ *\[runners\.autoscaler\]\n)/m);
  return {
    text: text!
      .trimEnd()
      .split('\n')
      .map((line) => line.trim()),
    byHand,
  };
}

test('an autoscaler does what machines on AWS did', async () => {
  const { text, byHand } = await migrated(
    `    IdleCount = 5
    IdleTime = 600
    MaxBuilds = 100
    MaxGrowthRate = 3
    MachineDriver = "amazonec2"
    MachineName = "auto-%s"
    MachineOptions = ["amazonec2-region=eu-west-1", "amazonec2-ssh-user=ubuntu", "amazonec2-ssh-keypath=/etc/key", "amazonec2-private-address-only=true", "amazonec2-secret-key=s3cr3t", "amazonec2-instance-type=m5.large", "engine-registry-mirror=http://x"]
    MachineOptionsWithName = ["amazonec2-tags=Name,%s"]
`,
    '  limit = 20\n',
  );
  expect(text).toMatchInlineSnapshot(`
    [
      "[runners.autoscaler]",
      "capacity_per_instance = 1",
      "max_use_count = 100",
      "max_instances = 20",
      "plugin = "aws"",
      "[runners.autoscaler.plugin_config]",
      "name = "jobs"",
      "[runners.autoscaler.connector_config]",
      "username = "ubuntu"",
      "key_path = "/etc/key"",
      "use_static_credentials = true",
      "use_external_addr = false",
      "",
      "[[runners.autoscaler.policy]]",
      "idle_count = 5",
      "idle_time = "10m0s"",
    ]
  `);
  expect(byHand).toMatchInlineSnapshot(`
    [
      {
        "advice": "The nearest setting is scale_throttle: limit and burst of new instances per second.",
        "key": "MaxGrowthRate",
      },
      {
        "advice": "The group names its instances.",
        "key": "MachineName",
      },
      {
        "advice": "Set it in the AWS config or credentials file of the user that runs gitlab-runner, or use an IAM role.",
        "key": "amazonec2-region",
      },
      {
        "advice": "Set it in the AWS config or credentials file of the user that runs gitlab-runner, or use an IAM role.",
        "key": "amazonec2-secret-key",
      },
      {
        "advice": "Set it in the launch template of the Auto Scaling group.",
        "key": "amazonec2-instance-type",
      },
      {
        "advice": "Set it in /etc/docker/daemon.json of the image of the instances.",
        "key": "engine-registry-mirror",
      },
      {
        "advice": "Set it in the launch template of the Auto Scaling group.",
        "key": "amazonec2-tags",
      },
    ]
  `);
});

test('periods become policies, and a factor its limits', async () => {
  const { text, byHand } = await migrated(`    IdleCount = 50
    IdleScaleFactor = 1.5
    IdleTime = 1800
    MachineDriver = "google"
    MachineName = "auto-%s"
    MachineOptions = ["google-project=p", "google-zone=europe-west1-b", "google-use-internal-ip", "google-username=core"]
    OffPeakPeriods = ["* * 0-8 * * * *"]
    [[runners.machine.autoscaling]]
      Periods = ["* * 9-17 * * mon-fri *", "* 8 * * saturday,7"]
      Timezone = "Europe/Berlin"
      IdleCount = 20
      IdleCountMin = 3
      IdleScaleFactor = 0.5
      IdleTime = 3600
    [[runners.machine.autoscaling]]
      Periods = ["* * * l * * *", "* * * * * * 2026"]
      IdleCount = 1
      IdleTime = 60
`);
  expect(text).toMatchInlineSnapshot(`
    [
      "[runners.autoscaler]",
      "capacity_per_instance = 1",
      "max_instances = 50",
      "plugin = "googlecloud"",
      "[runners.autoscaler.plugin_config]",
      "name = "jobs"",
      "zone = "europe-west1-b"",
      "project = "p"",
      "[runners.autoscaler.connector_config]",
      "username = "core"",
      "use_external_addr = false",
      "",
      "[[runners.autoscaler.policy]]",
      "idle_count = 1",
      "idle_time = "30m0s"",
      "scale_factor = 1.5",
      "scale_factor_limit = 50",
      "",
      "[[runners.autoscaler.policy]]",
      "periods = ["* 9-17 * * mon-fri", "* 8 * * sat,0"]",
      "timezone = "Europe/Berlin"",
      "idle_count = 3",
      "idle_time = "1h0m0s"",
      "scale_factor = 0.5",
      "scale_factor_limit = 20",
    ]
  `);
  expect(byHand).toMatchInlineSnapshot(`
    [
      {
        "advice": "Policies have no last days, nearest weekdays, or weeks of a month.",
        "key": "autoscaling.1.Periods "* * * l * * *"",
      },
      {
        "advice": "Policies have no year. Add a policy, and remove it after that year.",
        "key": "autoscaling.1.Periods "* * * * * * 2026"",
      },
      {
        "advice": "The group names its instances.",
        "key": "MachineName",
      },
      {
        "advice": "gitlab-runner ignores it since 14.0. To use it, add a policy with these periods.",
        "key": "OffPeakPeriods",
      },
    ]
  `);
});

test('Azure has what the driver takes without its options', async () => {
  const { text } = await migrated(`    MachineDriver = "azure"
    MachineName = "auto-%s"
    MachineOptions = ["azure-subscription-id=s", "azure-client-secret=x"]
`);
  expect(text).toMatchInlineSnapshot(`
    [
      "[runners.autoscaler]",
      "capacity_per_instance = 1",
      "max_instances = 50",
      "plugin = "azure"",
      "[runners.autoscaler.plugin_config]",
      "name = "jobs"",
      "resource_group_name = "docker-machine"",
      "subscription_id = "s"",
      "[runners.autoscaler.connector_config]",
      "use_external_addr = true",
      "",
      "[[runners.autoscaler.policy]]",
      "idle_count = 0",
      "idle_time = "0s"",
    ]
  `);
});

test('a driver without a plugin is refused, and so is none', () => {
  const runner = (MachineDriver: string) => ({ machine: { MachineDriver } });
  expect(() => groupOf(runner('openstack'))).toThrow(
    'no fleeting plugin for the Docker Machine driver "openstack"',
  );
  expect(() => groupOf(runner(''))).toThrow('MachineDriver is not set');
});

test.each([
  ['* * * * *', '* * * * *'],
  ['* * * * * *', '* * * * *'],
  ['0 30 9-17 ? january mon-FRI *', '30 9-17 * jan mon-fri'],
  ['*/10 8,9 1 1 7', '*/10 8,9 1 1 0'],
  ['* * * * 5-7', '* * * * 5-6,0'],
  ['* * * * 1-7', '* * * * *'],
  ['@daily', '0 0 * * *'],
])('the period %s is %s', (written, period) => expect(periodFor(written)).toBe(period));

test.each(['* * * *', '* * * L * *', '* * * * 5#2', '* * 15W * *', '* * * * * 2027'])(
  'the period %s has no counterpart',
  (written) => expect(periodFor(written)).toHaveProperty('why'),
);
