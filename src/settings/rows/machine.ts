import { fraction, list, seconds, text, whole } from '../kinds.ts';
import type { Row } from '../row.ts';

/** Docker Machine, for docker+machine. */
export const machineRows = {
  machineMaxGrowthRate: {
    flag: '--machine-max-growth-rate',
    env: 'MACHINE_MAX_GROWTH_RATE',
    toml: 'machine.MaxGrowthRate',
    kind: whole(),
    doc: 'Maximum number of machines created at the same time (0 = no limit)',
  },
  machineIdleNodes: {
    flag: '--machine-idle-nodes',
    env: 'MACHINE_IDLE_COUNT',
    toml: 'machine.IdleCount',
    kind: whole(),
    doc: 'Number of idle machines, such as `3`',
  },
  machineIdleScaleFactor: {
    flag: '--machine-idle-scale-factor',
    env: 'MACHINE_IDLE_SCALE_FACTOR',
    toml: 'machine.IdleScaleFactor',
    kind: fraction(),
    doc: 'Idle machines as a factor of machines in use, such as `0.5`',
  },
  machineIdleCountMin: {
    flag: '--machine-idle-count-min',
    env: 'MACHINE_IDLE_COUNT_MIN',
    toml: 'machine.IdleCountMin',
    kind: whole(),
    doc: 'Minimum number of idle machines with a scale factor',
  },
  machineIdleTime: {
    flag: '--machine-idle-time',
    env: 'MACHINE_IDLE_TIME',
    toml: 'machine.IdleTime',
    kind: seconds(),
    doc: 'Seconds after which an idle machine is removed, such as `600`',
  },
  machineMaxBuilds: {
    flag: '--machine-max-builds',
    env: 'MACHINE_MAX_BUILDS',
    toml: 'machine.MaxBuilds',
    kind: whole(),
    doc: 'Maximum number of jobs per machine (0 = no limit)',
  },
  machineMachineDriver: {
    flag: '--machine-machine-driver',
    env: 'MACHINE_DRIVER',
    toml: 'machine.MachineDriver',
    kind: text(),
    doc: 'Docker Machine driver, such as `amazonec2`',
  },
  machineMachineName: {
    flag: '--machine-machine-name',
    env: 'MACHINE_NAME',
    toml: 'machine.MachineName',
    kind: text(),
    doc: 'Name template of machines, such as `ci-%s`',
  },
  machineMachineOptions: {
    flag: '--machine-machine-options',
    env: 'MACHINE_OPTIONS',
    toml: 'machine.MachineOptions',
    kind: list('TEXT'),
    doc: 'Option for the driver, such as `amazonec2-region=eu-west-1`',
  },
  machineMachineOptionsWithName: {
    flag: '--machine-machine-options-with-name',
    env: 'MACHINE_OPTIONS_WITH_NAME',
    toml: 'machine.MachineOptionsWithName',
    kind: list('TEXT'),
    doc: 'Option with the machine name, such as `tag=%s`',
  },
  machineMaxRemovalAttempts: {
    flag: '--machine-max-removal-attempts',
    env: 'MACHINE_MAX_REMOVAL_ATTEMPTS',
    toml: 'machine.MaxRemovalAttempts',
    kind: whole(),
    doc: 'Maximum number of attempts to remove a machine',
  },
} as const satisfies Record<string, Row>;
