import type { Container } from '../../../engine/container.ts';
import type { StepFacts } from '../../../engine/upgrade-steps.ts';
import type { ContainerContext } from '../context.ts';
import type { UpgradeRequest } from './flags.ts';

/** One upgrade under way. */
export interface UpgradeJob {
  readonly context: ContainerContext;
  readonly request: UpgradeRequest;
  readonly name: string;
  /** The old container as it was found, whose settings the new one gets. */
  readonly old: Container;
  readonly image: { readonly reference: string; readonly id: string };
  /** The name that the old container is kept under; removed when absent. */
  readonly keepAs: string | undefined;
  /** What this run learns as it goes. */
  readonly progress: UpgradeProgress;
}

/** What only this run knows of its steps, to be changed by them. */
export type UpgradeProgress = {
  -readonly [key in 'canSetRestart' | 'toldToEnd' | 'started' | 'stopped' | 'foundGood']: StepFacts[key];
};
