import { isTable, type Table, textIn, valueAt } from '../config/model.ts';

/** The executor of a runner; a block with [runners.kubernetes] that names none, as templates of Helm do, is one of Kubernetes. */
export function executorIn(runner: Table | undefined): string {
  const executor = textIn(runner, 'executor');
  return executor === '' && isTable(valueAt(runner, ['kubernetes'])) ? 'kubernetes' : executor;
}
