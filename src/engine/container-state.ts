import type { Container } from './container.ts';
import { ask, type Engine } from './engine.ts';
import { readContainer } from './read-container.ts';
import type { Inspected } from './run.ts';
import { engineTrouble, noProgram } from './trouble.ts';

/**
 * Looks at containers by their names or ids with one command; those that are not there are left out. What their images
 * say by themselves is not taken away from their settings. Throws when the engine does not answer.
 */
export async function lookAt(engine: Engine, names: readonly string[]): Promise<Container[]> {
  const told = await ask(engine, ['container', 'inspect', ...names], 30);
  if ('missing' in told) throw noProgram(engine.program);
  if ('failed' in told && !/no such|not found|no container with/i.test(told.failed)) {
    throw engineTrouble(engine, told.failed);
  }
  const text = 'words' in told ? told.words : told.printed;
  const all = text === '' ? [] : (JSON.parse(text) as Inspected[]);
  return all.map((one) => readContainer(one, undefined));
}
