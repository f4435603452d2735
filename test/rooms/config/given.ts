import { expect } from 'vitest';
import { editConfig } from '../../../src/config/edit.ts';
import type { Change } from '../../../src/config/model.ts';
import { readConfig } from '../../../src/config/read.ts';
import { Trouble } from '../../../src/errors.ts';

/** `given(text).doing(change).gives(text)`: an edit and the whole text after it. */
export function given(text: string) {
  return {
    doing: (...changes: Change[]) => ({
      gives: async (after: string) => expect(await edited(text, changes)).toBe(after),
      changesNothing: async () => expect(await edited(text, changes)).toBe(text),
      isRefused: async (words: string) => expect(await refusal(() => edited(text, changes))).toBe(words),
    }),
    isRefused: async (words: string) => expect(await refusal(() => edited(text, []))).toBe(words),
  };
}

async function edited(text: string, changes: Change[]): Promise<string> {
  return editConfig(await readConfig(text, 'config.toml'), changes);
}

/** What a Trouble says, all of it; fails when nothing or something else is thrown. */
export async function refusal(act: () => unknown): Promise<string> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    return [error.message, error.why, error.hint].filter((words) => words !== undefined).join('\n');
  }
  throw new Error('nothing was refused');
}

/** Shorter words for changes of the first runner, unless told otherwise. */
export const set = (path: string, value: Set['value'], at: Set['at'] = 0): Change => ({
  do: 'set',
  at,
  path: path.split('.'),
  value,
});
export const unset = (path: string, at: Set['at'] = 0): Change => ({
  do: 'unset',
  at,
  path: path.split('.'),
});
export const add = (path: string, values: List['values'], at: Set['at'] = 0): Change => ({
  do: 'add',
  at,
  path: path.split('.'),
  values,
});
export const remove = (path: string, values: List['values'], at: Set['at'] = 0): Change => ({
  do: 'remove',
  at,
  path: path.split('.'),
  values,
});

type Set = Extract<Change, { do: 'set' }>;
type List = Extract<Change, { do: 'add' | 'remove' }>;
