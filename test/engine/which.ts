import type { TestProject } from 'vitest/node';
import { enginesHere, type Found, whichRan } from './real.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    engines: Found[];
  }
}

/** Before all tests: finds out on which engines the stories of containers run, and says so. */
export default function which(project: TestProject): void {
  const engines = enginesHere();
  project.provide('engines', engines);
  process.stdout.write(`${whichRan(engines)}\n`);
}
