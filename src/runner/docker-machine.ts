import {
  Float,
  makeTable,
  type Table,
  tablesIn,
  textIn,
  textsIn,
  type Value,
  valueAt,
} from '../config/model.ts';
import { exitCode, Trouble } from '../errors.ts';
import { formatDuration } from '../text/duration.ts';
import { periodFor } from './periods.ts';

/** What has no counterpart, and what to do about it. */
export interface ByHand {
  /** The key below `[runners.machine]`, or the option of the driver. */
  readonly key: string;
  readonly advice: string;
}

/** The autoscaler of a runner that used Docker Machine. */
interface Autoscaler {
  /** The table `[runners.autoscaler]`. */
  readonly table: Table;
  readonly byHand: readonly ByHand[];
}

/** Whether a runner makes machines with Docker Machine, which GitLab 20.0 removes. */
export const usesDockerMachine = (runner: Table): boolean => textIn(runner, 'executor') === 'docker+machine';

/** What the group of instances is called that the plugin of a driver needs; throws for a driver that has no plugin. */
export const groupOf = (runner: Table): string => driverOf(runner).group;

/**
 * The autoscaler that does what `[runners.machine]` did, as far as its keys have counterparts: one job per instance, the
 * same idle instances at the same times, and the plugin of the driver's cloud. `name` is the group that creates the
 * instances. Throws for a driver without a plugin of GitLab.
 */
export function autoscalerOf(runner: Table, globals: Table, name: string): Autoscaler {
  const driver = driverOf(runner);
  const machine = valueAt(runner, ['machine']);
  const options = optionsOf(runner);
  const { policies, byHand } = policiesOf(machine);
  const table = tableOf({
    capacity_per_instance: 1,
    max_use_count: countIn(machine, 'MaxBuilds') || undefined,
    max_instances: countIn(runner, 'limit') || countIn(globals, 'concurrent') || 1,
    plugin: driver.plugin,
    plugin_config: tableOf({
      name,
      ...driver.defaults,
      ...valuesOf(driver.config, options, driver.prefix),
    }),
    connector_config: connectorOf(driver, options),
    policy: policies,
  });
  const all = [byHand, negativesIn(machine), keysByHand(machine), optionsByHand(driver, options)];
  return { table, byHand: all.flat() };
}

interface Driver {
  readonly plugin: string;
  readonly group: string;
  /** What its options begin with. */
  readonly prefix: string;
  /** The options that are keys of the plugin, by the name of the key. */
  readonly config: Readonly<Record<string, string>>;
  /** What the driver takes for keys that the plugin needs, where they are not set. */
  readonly defaults?: Readonly<Record<string, string>>;
  readonly user: string;
  readonly keyPath?: string;
  /** Each makes the manager use addresses of the inner network. */
  readonly internal: readonly string[];
  readonly credentials: readonly string[];
  readonly credentialAdvice: string;
  /** Where the other options belong. */
  readonly template: string;
}

const drivers: Readonly<Record<string, Driver>> = {
  amazonec2: {
    plugin: 'aws',
    group: 'Auto Scaling group',
    prefix: 'amazonec2-',
    config: {},
    user: 'ssh-user',
    keyPath: 'ssh-keypath',
    internal: ['use-private-address', 'private-address-only'],
    credentials: ['access-key', 'secret-key', 'session-token', 'region', 'endpoint', 'insecure-transport'],
    credentialAdvice:
      'Set it in the AWS config or credentials file of the user that runs gitlab-runner, or use an IAM role.',
    template: 'the launch template of the Auto Scaling group',
  },
  google: {
    plugin: 'googlecloud',
    group: 'managed instance group',
    prefix: 'google-',
    config: { project: 'project', zone: 'zone' },
    defaults: { zone: 'us-central1-a' },
    user: 'username',
    internal: ['use-internal-ip', 'use-internal-ip-only'],
    credentials: ['auth-encoded-json', 'json'],
    credentialAdvice: 'Use a service account, or set credentials_file in [runners.autoscaler.plugin_config].',
    template: 'the instance template of the managed instance group',
  },
  azure: {
    plugin: 'azure',
    group: 'virtual machine scale set',
    prefix: 'azure-',
    config: { subscription_id: 'subscription-id', resource_group_name: 'resource-group' },
    defaults: { resource_group_name: 'docker-machine' },
    user: 'ssh-user',
    internal: ['use-private-ip', 'no-public-ip'],
    credentials: ['client-id', 'client-secret', 'tenant-id', 'environment'],
    credentialAdvice:
      'Use a managed identity, or set AZURE_CLIENT_ID, AZURE_CLIENT_SECRET, and AZURE_TENANT_ID for gitlab-runner.',
    template: 'the virtual machine scale set',
  },
};

function driverOf(runner: Table): Driver {
  const name = textIn(runner, 'machine', 'MachineDriver');
  const driver = Object.hasOwn(drivers, name) ? drivers[name] : undefined;
  if (driver !== undefined) return driver;
  throw new Trouble(
    name === ''
      ? 'MachineDriver is not set, so the cloud is not known.'
      : `GitLab has no fleeting plugin for the Docker Machine driver "${name}".`,
    {
      hint: `Plugins exist for ${Object.keys(drivers).join(', ')}. With another plugin, or another executor, change the runner manually: runner-setup edit`,
      code: exitCode.usage,
    },
  );
}

/** The options of the driver with their values; a switch without one is on. */
type Options = ReadonlyMap<string, string>;

function optionsOf(runner: Table): Options {
  const words = ['MachineOptions', 'MachineOptionsWithName'].flatMap((key) =>
    textsIn(runner, 'machine', key),
  );
  return new Map(
    words.map((word): [string, string] => {
      const [, name = word, value = 'true'] = /^-*([^=]+)=(.*)$/s.exec(word) ?? [];
      return [name.trim(), value];
    }),
  );
}

const valuesOf = (keys: Readonly<Record<string, string>>, options: Options, prefix: string): Table =>
  tableOf(
    Object.fromEntries(Object.entries(keys).map(([key, name]) => [key, options.get(`${prefix}${name}`)])),
  );

function connectorOf({ prefix, user, keyPath, internal }: Driver, options: Options): Table {
  const key = keyPath === undefined ? undefined : options.get(`${prefix}${keyPath}`);
  const isInternal = internal.some((name) => isOn(options.get(`${prefix}${name}`)));
  return tableOf({
    username: options.get(`${prefix}${user}`),
    key_path: key,
    use_static_credentials: key === undefined ? undefined : true,
    // Docker Machine connects to the public address unless it is told otherwise, the plugins do the opposite.
    use_external_addr: !isInternal,
  });
}

const isOn = (value: string | undefined): boolean => value !== undefined && !/^(0|f|false)$/i.test(value);

const tableOf = (keys: Readonly<Record<string, Value | undefined>>): Table =>
  makeTable(Object.entries(keys).filter((entry): entry is [string, Value] => entry[1] !== undefined));

const numberIn = (table: unknown, key: string): number => {
  const value = valueAt(table, [key]);
  return value instanceof Float
    ? value.value
    : Number(typeof value === 'bigint' || typeof value === 'number' ? value : 0);
};

// What is negative switches something off, as zero does.
const countIn = (table: unknown, key: string): number => Math.max(0, numberIn(table, key));

function negativesIn(machine: unknown): ByHand[] {
  const sections = tablesIn(machine, 'autoscaling').map(
    (section, at) => [`autoscaling.${at}.`, section] as const,
  );
  return [['', machine] as const, ...sections].flatMap(([above, table]) =>
    ['IdleCount', 'IdleScaleFactor', 'IdleCountMin', 'IdleTime', 'MaxBuilds']
      .filter((key) => numberIn(table, key) < 0)
      .map((key) => ({ key: `${above}${key}`, advice: 'A negative number counts as 0.' })),
  );
}

// The last policy that matches counts, as the last section did; what holds outside of all is the first one.
function policiesOf(machine: unknown): { policies: Table[]; byHand: ByHand[] } {
  const byHand: ByHand[] = [];
  const sections = tablesIn(machine, 'autoscaling').flatMap((section, at): Table[] => {
    const periods: string[] = [];
    for (const written of textsIn(section, 'Periods')) {
      const period = periodFor(written);
      if (typeof period === 'string') periods.push(period);
      else byHand.push({ key: `autoscaling.${at}.Periods "${written}"`, advice: period.why });
    }
    return periods.length === 0 ? [] : [policyOf(section, periods)];
  });
  return { policies: [policyOf(machine, []), ...sections], byHand };
}

function policyOf(section: unknown, periods: readonly string[]): Table {
  const [count, factor] = [countIn(section, 'IdleCount'), numberIn(section, 'IdleScaleFactor')];
  const seconds = BigInt(Math.trunc(countIn(section, 'IdleTime')));
  return tableOf({
    periods: periods.length === 0 ? undefined : [...periods],
    timezone: textIn(section, 'Timezone') || undefined,
    // With a factor, the count is the most that are idle, and the least is another key.
    idle_count: factor > 0 ? Math.max(1, numberIn(section, 'IdleCountMin')) : count,
    idle_time: formatDuration(seconds * 1_000_000_000n),
    scale_factor: factor > 0 ? new Float(factor) : undefined,
    scale_factor_limit: factor > 0 && count > 0 ? count : undefined,
  });
}

const keyAdvice: Readonly<Record<string, string>> = {
  MachineName: 'The group names its instances.',
  MaxGrowthRate: 'The nearest setting is scale_throttle: limit and burst of new instances per second.',
  MaxRemovalAttempts: 'The plugin retries until the instance no longer exists.',
  ...Object.fromEntries(
    ['OffPeakPeriods', 'OffPeakTimezone', 'OffPeakIdleCount', 'OffPeakIdleTime'].map((key) => [
      key,
      'gitlab-runner ignores it since 14.0. To use it, add a policy with these periods.',
    ]),
  ),
};

const mappedKeys = new Set(
  'IdleCount IdleScaleFactor IdleCountMin IdleTime MaxBuilds MachineDriver MachineOptions MachineOptionsWithName autoscaling'.split(
    ' ',
  ),
);

// The name is one that gitlab-runner demands, so everybody has one.
function keysByHand(machine: unknown): ByHand[] {
  const keys = Object.entries((machine ?? {}) as Table);
  const isSet = ([, value]: [string, Value]) =>
    value !== 0 && value !== '' && !(Array.isArray(value) && value.length === 0);
  return keys
    .filter((entry) => !mappedKeys.has(entry[0]) && isSet(entry))
    .map(([key]) => ({ key, advice: keyAdvice[key] ?? 'It has no counterpart.' }));
}

function optionsByHand(driver: Driver, options: Options): ByHand[] {
  const { prefix, config, user, keyPath, internal, credentials, credentialAdvice, template } = driver;
  const mapped = [...Object.values(config), user, keyPath, ...internal].map((name) => `${prefix}${name}`);
  const adviceFor = (name: string): string => {
    if (credentials.some((one) => name === `${prefix}${one}`)) return credentialAdvice;
    if (name.startsWith('engine-')) return 'Set it in /etc/docker/daemon.json of the image of the instances.';
    if (name.startsWith('swarm')) return 'Instances are in no swarm.';
    return `Set it in ${template}.`;
  };
  return [...options.keys()]
    .filter((name) => !mapped.includes(name))
    .map((key) => ({ key, advice: adviceFor(key) }));
}
