import { list, programPath, whole } from '../kinds.ts';
import type { Row } from '../row.ts';

/** The custom executor. */
export const customRows = {
  customConfigExec: {
    flag: '--custom-config-exec',
    env: 'CUSTOM_CONFIG_EXEC',
    toml: 'custom.config_exec',
    kind: programPath(),
    doc: 'Program that may adjust settings before each job, e.g. `/opt/ci/config`',
  },
  customConfigArgs: {
    flag: '--custom-config-args',
    toml: 'custom.config_args',
    kind: list('TEXT'),
    doc: 'Argument for the configuration program; repeat for more',
  },
  customConfigExecTimeout: {
    flag: '--custom-config-exec-timeout',
    env: 'CUSTOM_CONFIG_EXEC_TIMEOUT',
    toml: 'custom.config_exec_timeout',
    kind: whole(),
    doc: 'Seconds the configuration program may take, e.g. `60`',
  },
  customPrepareExec: {
    flag: '--custom-prepare-exec',
    env: 'CUSTOM_PREPARE_EXEC',
    toml: 'custom.prepare_exec',
    kind: programPath(),
    doc: "Program that sets up a job's environment, e.g. `/opt/ci/prepare`",
  },
  customPrepareArgs: {
    flag: '--custom-prepare-args',
    toml: 'custom.prepare_args',
    kind: list('TEXT'),
    doc: 'Argument for the preparation program; repeat for more',
  },
  customPrepareExecTimeout: {
    flag: '--custom-prepare-exec-timeout',
    env: 'CUSTOM_PREPARE_EXEC_TIMEOUT',
    toml: 'custom.prepare_exec_timeout',
    kind: whole(),
    doc: 'Seconds the preparation program may take, e.g. `300`',
  },
  customRunExec: {
    flag: '--custom-run-exec',
    env: 'CUSTOM_RUN_EXEC',
    toml: 'custom.run_exec',
    kind: programPath(),
    ask: 'Program that runs each step of a job',
    doc: 'Program that executes each script of a job, e.g. `/opt/ci/run`',
  },
  customRunArgs: {
    flag: '--custom-run-args',
    toml: 'custom.run_args',
    kind: list('TEXT'),
    doc: 'Argument put before the script path and stage name; repeat for more',
  },
  customCleanupExec: {
    flag: '--custom-cleanup-exec',
    env: 'CUSTOM_CLEANUP_EXEC',
    toml: 'custom.cleanup_exec',
    kind: programPath(),
    doc: "Program that tears down a job's environment, e.g. `/opt/ci/cleanup`",
  },
  customCleanupArgs: {
    flag: '--custom-cleanup-args',
    toml: 'custom.cleanup_args',
    kind: list('TEXT'),
    doc: 'Argument for the clean-up program; repeat for more',
  },
  customCleanupExecTimeout: {
    flag: '--custom-cleanup-exec-timeout',
    env: 'CUSTOM_CLEANUP_EXEC_TIMEOUT',
    toml: 'custom.cleanup_exec_timeout',
    kind: whole(),
    doc: 'Seconds the clean-up program may take, e.g. `120`',
  },
  customGracefulKillTimeout: {
    flag: '--custom-graceful-kill-timeout',
    env: 'CUSTOM_GRACEFUL_KILL_TIMEOUT',
    toml: 'custom.graceful_kill_timeout',
    kind: whole(),
    doc: 'Seconds a custom program gets to end by itself when a job is canceled',
  },
  customForceKillTimeout: {
    flag: '--custom-force-kill-timeout',
    env: 'CUSTOM_FORCE_KILL_TIMEOUT',
    toml: 'custom.force_kill_timeout',
    kind: whole(),
    doc: 'Seconds to wait for a custom program after it was killed by force',
  },
} as const satisfies Record<string, Row>;
