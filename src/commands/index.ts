import type { Command } from '../app/program.ts';

/** The commands of the program, in the order of its help. Each is loaded when it runs, its grammar when it is asked for. */
export const commands: Readonly<Record<string, Command>> = {
  register: {
    line: 'Register a runner at GitLab and write it into config.toml',
    grammar: async () => ({ topics: (await import('../settings/row.ts')).groups }),
    load: async () => (await import('./register/index.ts')).register,
  },
  list: {
    line: 'Show the runners of config.toml',
    grammar: async () => (await import('./list/index.ts')).listGrammar,
    load: async () => (await import('./list/index.ts')).list,
  },
  verify: {
    line: 'Ask GitLab whether the tokens still work',
    grammar: async () => (await import('./verify/index.ts')).verifyGrammar,
    load: async () => (await import('./verify/index.ts')).verify,
  },
  unregister: {
    line: 'Remove runners at GitLab and here',
    grammar: async () => (await import('./unregister/index.ts')).unregisterGrammar,
    load: async () => (await import('./unregister/index.ts')).unregister,
  },
  'reset-token': {
    line: 'Get a new token from GitLab for a runner',
    grammar: async () => (await import('./reset-token/index.ts')).resetTokenGrammar,
    load: async () => (await import('./reset-token/index.ts')).resetToken,
  },
  edit: {
    line: 'Edit a runner or the global settings',
    grammar: async () => (await import('./edit/flags.ts')).editGrammar,
    load: async () => (await import('./edit/index.ts')).edit,
  },
  lint: {
    line: 'Validate config.toml and show where each error is',
    grammar: async () => (await import('./lint.ts')).lintGrammar,
    load: async () => (await import('./lint.ts')).lint,
  },
  doctor: {
    line: 'Diagnose config.toml, settings, connection, and host',
    grammar: async () => (await import('./doctor/index.ts')).doctorGrammar,
    load: async () => (await import('./doctor/index.ts')).doctor,
  },
  preset: {
    line: 'List and show presets with matching .gitlab-ci.yml samples',
    grammar: async () => (await import('./preset/index.ts')).presetGrammar,
    load: async () => (await import('./preset/index.ts')).preset,
  },
  'registry-auth': {
    line: 'Manage private registry credentials for jobs',
    grammar: async () => (await import('./registry-auth/flags.ts')).registryAuthGrammar,
    load: async () => (await import('./registry-auth/index.ts')).registryAuth,
  },
  undo: {
    line: 'Undo the last change to config.toml',
    grammar: async () => (await import('./undo/index.ts')).undoGrammar,
    load: async () => (await import('./undo/index.ts')).undo,
  },
  container: {
    line: 'Manage gitlab-runner in Docker or Podman',
    grammar: async (words) => (await import('./container/index.ts')).containerGrammar(words),
    run: async (...given) => (await import('./container/index.ts')).container(...given),
  },
  completion: {
    line: 'Print the completion script for bash, zsh or fish',
    grammar: async () => (await import('./completion/index.ts')).completionGrammar,
    load: async () => (await import('./completion/index.ts')).completion,
  },
  help: {
    line: 'Show the help of a command: runner-setup help register',
    grammar: async () => ({ names: [] }),
    run: async (...given) => (await import('./help.ts')).help(...given),
  },
};
