import { list, programPath, seconds } from '../kinds.ts';
import type { Row } from '../row.ts';

/** The custom executor. */
export const customRows = {
  customConfigExec: {
    flag: '--custom-config-exec',
    env: 'CUSTOM_CONFIG_EXEC',
    toml: 'custom.config_exec',
    kind: programPath(),
    doc: 'Program for the config stage, such as `/opt/ci/config`',
  },
  customConfigArgs: {
    flag: '--custom-config-args',
    toml: 'custom.config_args',
    kind: list('TEXT'),
    doc: 'Argument for the config program; repeatable',
  },
  customConfigExecTimeout: {
    flag: '--custom-config-exec-timeout',
    env: 'CUSTOM_CONFIG_EXEC_TIMEOUT',
    toml: 'custom.config_exec_timeout',
    kind: seconds(),
    doc: 'Timeout of the config program in seconds',
  },
  customPrepareExec: {
    flag: '--custom-prepare-exec',
    env: 'CUSTOM_PREPARE_EXEC',
    toml: 'custom.prepare_exec',
    kind: programPath(),
    doc: 'Program for the prepare stage, such as `/opt/ci/prepare`',
  },
  customPrepareArgs: {
    flag: '--custom-prepare-args',
    toml: 'custom.prepare_args',
    kind: list('TEXT'),
    doc: 'Argument for the prepare program; repeatable',
  },
  customPrepareExecTimeout: {
    flag: '--custom-prepare-exec-timeout',
    env: 'CUSTOM_PREPARE_EXEC_TIMEOUT',
    toml: 'custom.prepare_exec_timeout',
    kind: seconds(),
    doc: 'Timeout of the prepare program in seconds',
  },
  customRunExec: {
    flag: '--custom-run-exec',
    env: 'CUSTOM_RUN_EXEC',
    toml: 'custom.run_exec',
    kind: programPath(),
    ask: 'Program that runs each step of a job',
    doc: 'Program that runs job scripts, such as `/opt/ci/run`',
  },
  customRunArgs: {
    flag: '--custom-run-args',
    toml: 'custom.run_args',
    kind: list('TEXT'),
    doc: 'Argument before the script path and stage name; repeatable',
  },
  customCleanupExec: {
    flag: '--custom-cleanup-exec',
    env: 'CUSTOM_CLEANUP_EXEC',
    toml: 'custom.cleanup_exec',
    kind: programPath(),
    doc: 'Program for the cleanup stage, such as `/opt/ci/cleanup`',
  },
  customCleanupArgs: {
    flag: '--custom-cleanup-args',
    toml: 'custom.cleanup_args',
    kind: list('TEXT'),
    doc: 'Argument for the cleanup program; repeatable',
  },
  customCleanupExecTimeout: {
    flag: '--custom-cleanup-exec-timeout',
    env: 'CUSTOM_CLEANUP_EXEC_TIMEOUT',
    toml: 'custom.cleanup_exec_timeout',
    kind: seconds(),
    doc: 'Timeout of the cleanup program in seconds',
  },
  customGracefulKillTimeout: {
    flag: '--custom-graceful-kill-timeout',
    env: 'CUSTOM_GRACEFUL_KILL_TIMEOUT',
    toml: 'custom.graceful_kill_timeout',
    kind: seconds(),
    doc: 'Seconds a program gets to exit when a job is canceled',
  },
  customForceKillTimeout: {
    flag: '--custom-force-kill-timeout',
    env: 'CUSTOM_FORCE_KILL_TIMEOUT',
    toml: 'custom.force_kill_timeout',
    kind: seconds(),
    doc: 'Seconds to wait for a program after it was killed',
  },
} as const satisfies Record<string, Row>;
