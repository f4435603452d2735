import type { Command } from '../app/program.ts';

/** The titles under which the help of the program lists commands. */
const titles = {
  common: 'Common commands',
  tokens: 'Runners in GitLab',
  file: 'config.toml',
  host: 'gitlab-runner and registries',
  other: 'Other commands',
} as const;

/** The commands of the program, in the order of its help. Each is loaded when it runs, its grammar when it is asked for. */
export const commands: Readonly<Record<string, Command>> = {
  register: {
    line: 'Register a runner in GitLab and write it to config.toml',
    group: titles.common,
    grammar: async () => (await import('./register/flags.ts')).registerGrammar,
    load: async () => (await import('./register/index.ts')).register,
  },
  list: {
    line: 'Show the runners in config.toml',
    group: titles.common,
    grammar: async () => (await import('./list/index.ts')).listGrammar,
    load: async () => (await import('./list/index.ts')).list,
  },
  fleet: {
    line: 'List the runners of a GitLab instance, group, or project',
    group: titles.tokens,
    grammar: async () => (await import('./fleet/index.ts')).fleetGrammar,
    load: async () => (await import('./fleet/index.ts')).fleet,
  },
  pause: {
    line: 'Pause runners in GitLab, so that they get no new jobs',
    group: titles.tokens,
    grammar: async () => (await import('./fleet/pause.ts')).pauseGrammar,
    load: async () => (await import('./fleet/pause.ts')).pause,
  },
  resume: {
    line: 'Resume paused runners in GitLab',
    group: titles.tokens,
    grammar: async () => (await import('./fleet/pause.ts')).pauseGrammar,
    load: async () => (await import('./fleet/pause.ts')).resume,
  },
  assign: {
    line: 'Assign runners to a project',
    group: titles.tokens,
    grammar: async () => (await import('./fleet/assign.ts')).assignGrammar,
    load: async () => (await import('./fleet/assign.ts')).assign,
  },
  unassign: {
    line: 'Unassign runners from a project',
    group: titles.tokens,
    grammar: async () => (await import('./fleet/assign.ts')).assignGrammar,
    load: async () => (await import('./fleet/assign.ts')).unassign,
  },
  verify: {
    line: 'Check with GitLab whether runner tokens are valid',
    group: titles.tokens,
    grammar: async () => (await import('./verify/index.ts')).verifyGrammar,
    load: async () => (await import('./verify/index.ts')).verify,
  },
  unregister: {
    line: 'Remove runners from config.toml and from GitLab',
    group: titles.tokens,
    grammar: async () => (await import('./unregister/index.ts')).unregisterGrammar,
    load: async () => (await import('./unregister/index.ts')).unregister,
  },
  'reset-token': {
    line: 'Get a new token from GitLab for a runner',
    group: titles.tokens,
    grammar: async () => (await import('./reset-token/index.ts')).resetTokenGrammar,
    load: async () => (await import('./reset-token/index.ts')).resetToken,
  },
  rotate: {
    line: 'Rotate runner tokens that expire soon',
    group: titles.tokens,
    grammar: async () => (await import('./rotate/flags.ts')).rotateGrammar,
    load: async () => (await import('./rotate/index.ts')).rotate,
  },
  migrate: {
    line: 'Migrate from registration tokens and Docker Machine',
    group: titles.tokens,
    grammar: async () => (await import('./migrate/flags.ts')).migrateGrammar,
    load: async () => (await import('./migrate/index.ts')).migrate,
  },
  edit: {
    line: 'Edit a runner or the global settings',
    group: titles.common,
    grammar: async () => (await import('./edit/flags.ts')).editGrammar,
    load: async () => (await import('./edit/index.ts')).edit,
  },
  apply: {
    line: 'Apply a fleet file to this machine and GitLab',
    group: titles.common,
    grammar: async () => (await import('./apply/flags.ts')).applyGrammar,
    load: async () => (await import('./apply/index.ts')).apply,
  },
  lint: {
    line: 'Validate config.toml and show where each error is',
    group: titles.file,
    grammar: async () => (await import('./lint.ts')).lintGrammar,
    load: async () => (await import('./lint.ts')).lint,
  },
  explain: {
    line: 'Explain a key or table of config.toml',
    group: titles.file,
    grammar: async () => (await import('./explain/index.ts')).explainGrammar,
    load: async () => (await import('./explain/index.ts')).explain,
  },
  doctor: {
    line: 'Diagnose config.toml, settings, connection, and host',
    group: titles.common,
    grammar: async () => (await import('./doctor/index.ts')).doctorGrammar,
    load: async () => (await import('./doctor/index.ts')).doctor,
  },
  export: {
    line: 'Write a fleet file, or runners for Helm, Ansible, and others',
    group: titles.file,
    grammar: async () => (await import('./export/index.ts')).exportGrammar,
    load: async () => (await import('./export/index.ts')).exportRunners,
  },
  preset: {
    line: 'List and show presets with matching .gitlab-ci.yml samples',
    group: titles.file,
    grammar: async () => (await import('./preset/index.ts')).presetGrammar,
    load: async () => (await import('./preset/index.ts')).preset,
  },
  cache: {
    line: 'Set up and test the job cache in object storage',
    group: titles.file,
    grammar: async (words) => (await import('./cache/index.ts')).cacheGrammar(words),
    run: async (words, world) => (await import('./cache/index.ts')).cache(words, world),
  },
  undo: {
    line: 'Undo the last change to config.toml',
    group: titles.file,
    grammar: async () => (await import('./undo/index.ts')).undoGrammar,
    load: async () => (await import('./undo/index.ts')).undo,
  },
  backup: {
    line: 'Save config.toml, certificates, and system ID in one archive',
    group: titles.file,
    grammar: async () => (await import('./backup.ts')).backupGrammar,
    load: async () => (await import('./backup.ts')).backup,
  },
  restore: {
    line: 'Restore files from an archive of runner-setup backup',
    group: titles.file,
    grammar: async () => (await import('./restore/index.ts')).restoreGrammar,
    load: async () => (await import('./restore/index.ts')).restore,
  },
  install: {
    line: 'Install gitlab-runner on this machine',
    group: titles.host,
    grammar: async () => (await import('./install/index.ts')).installGrammar,
    load: async () => (await import('./install/index.ts')).install,
  },
  upgrade: {
    line: 'Upgrade gitlab-runner when its jobs have finished',
    group: titles.host,
    grammar: async () => (await import('./upgrade/index.ts')).upgradeGrammar,
    load: async () => (await import('./upgrade/index.ts')).upgrade,
  },
  uninstall: {
    line: 'Uninstall gitlab-runner and keep config.toml',
    group: titles.host,
    grammar: async () => (await import('./uninstall/index.ts')).uninstallGrammar,
    load: async () => (await import('./uninstall/index.ts')).uninstall,
  },
  container: {
    line: 'Manage gitlab-runner in Docker or Podman',
    group: titles.host,
    grammar: async (words) => (await import('./container/index.ts')).containerGrammar(words),
    run: async (...given) => (await import('./container/index.ts')).container(...given),
  },
  'registry-auth': {
    line: 'Manage private registry credentials for jobs',
    group: titles.host,
    grammar: async () => (await import('./registry-auth/flags.ts')).registryAuthGrammar,
    load: async () => (await import('./registry-auth/index.ts')).registryAuth,
  },
  completion: {
    line: 'Print the completion script for bash, zsh, fish, or PowerShell',
    group: titles.other,
    grammar: async () => (await import('./completion/index.ts')).completionGrammar,
    load: async () => (await import('./completion/index.ts')).completion,
  },
  help: {
    line: 'Show the help of a command',
    group: titles.other,
    grammar: async () => ({ names: [] }),
    run: async (...given) => (await import('./help.ts')).help(...given),
  },
};
