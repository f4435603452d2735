import { groups } from '../settings/row.ts';
import type { Grammar } from '../terminal/options.ts';

/** What each command understands, for completion; loaded when it is asked for. */
export const grammars: Readonly<Record<string, (words: readonly string[]) => Promise<Grammar>>> = {
  register: async () => ({ topics: groups }),
  edit: async () => (await import('./edit/flags.ts')).editGrammar,
  list: async () => (await import('./list/index.ts')).listGrammar,
  verify: async () => (await import('./verify/index.ts')).verifyGrammar,
  unregister: async () => (await import('./unregister/flags.ts')).unregisterGrammar,
  'reset-token': async () => (await import('./reset-token/index.ts')).resetTokenGrammar,
  lint: async () => (await import('./lint.ts')).lintGrammar,
  doctor: async () => (await import('./doctor/flags.ts')).doctorGrammar,
  undo: async () => (await import('./undo/index.ts')).undoGrammar,
  preset: async () => (await import('./preset/flags.ts')).presetGrammar,
  'registry-auth': async () => (await import('./registry-auth/flags.ts')).registryAuthGrammar,
  container: async (words) => (await import('./container/index.ts')).containerGrammar(words),
  completion: async () => (await import('./completion/index.ts')).completionGrammar,
};
