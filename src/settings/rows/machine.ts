import { fraction, list, text, whole } from '../kinds.ts';
import type { Row } from '../row.ts';

/** Docker Machine, for docker+machine. */
export const machineRows = {
  machineMaxGrowthRate: {
    flag: '--machine-max-growth-rate',
    env: 'MACHINE_MAX_GROWTH_RATE',
    toml: 'machine.MaxGrowthRate',
    kind: whole(),
    doc: 'Most machines that may be in creation at once; 0 means any number',
  },
  machineIdleNodes: {
    flag: '--machine-idle-nodes',
    env: 'MACHINE_IDLE_COUNT',
    toml: 'machine.IdleCount',
    kind: whole(),
    doc: 'Spare machines kept ready for the next jobs, e.g. `3`',
  },
  machineIdleScaleFactor: {
    flag: '--machine-idle-scale-factor',
    env: 'MACHINE_IDLE_SCALE_FACTOR',
    toml: 'machine.IdleScaleFactor',
    kind: fraction(),
    doc: 'Spare machines as a share of those in use, e.g. `0.5`',
  },
  machineIdleCountMin: {
    flag: '--machine-idle-count-min',
    env: 'MACHINE_IDLE_COUNT_MIN',
    toml: 'machine.IdleCountMin',
    kind: whole(),
    doc: 'Fewest spare machines to keep when a scale factor is in force',
  },
  machineIdleTime: {
    flag: '--machine-idle-time',
    env: 'MACHINE_IDLE_TIME',
    toml: 'machine.IdleTime',
    kind: whole(),
    doc: 'Seconds a machine may sit unused before it is removed, e.g. `600`',
  },
  machineMaxBuilds: {
    flag: '--machine-max-builds',
    env: 'MACHINE_MAX_BUILDS',
    toml: 'machine.MaxBuilds',
    kind: whole(),
    doc: 'Jobs a machine serves before it is replaced; 0 means any number',
  },
  machineMachineDriver: {
    flag: '--machine-machine-driver',
    env: 'MACHINE_DRIVER',
    toml: 'machine.MachineDriver',
    kind: text(),
    doc: 'Docker Machine driver that creates machines, e.g. `amazonec2`',
  },
  machineMachineName: {
    flag: '--machine-machine-name',
    env: 'MACHINE_NAME',
    toml: 'machine.MachineName',
    kind: text(),
    doc: 'Name pattern for new machines, with `%s` for a unique part, e.g. `ci-%s`',
  },
  machineMachineOptions: {
    flag: '--machine-machine-options',
    env: 'MACHINE_OPTIONS',
    toml: 'machine.MachineOptions',
    kind: list('TEXT'),
    doc: 'Setting for the driver, e.g. `amazonec2-region=eu-west-1`',
  },
  machineMachineOptionsWithName: {
    flag: '--machine-machine-options-with-name',
    env: 'MACHINE_OPTIONS_WITH_NAME',
    toml: 'machine.MachineOptionsWithName',
    kind: list('TEXT'),
    doc: "Driver setting with `%s` for the machine's name, e.g. `tag=%s`",
  },
  machineMaxRemovalAttempts: {
    flag: '--machine-max-removal-attempts',
    env: 'MACHINE_MAX_REMOVAL_ATTEMPTS',
    toml: 'machine.MaxRemovalAttempts',
    kind: whole(),
    doc: 'Tries at removing a machine before the runner gives it up',
  },
} as const satisfies Record<string, Row>;
