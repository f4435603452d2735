import { connectionOptions } from '../../app/connection.ts';
import { withRollback } from '../../app/rollback.ts';
import { nameOf, type RunnerEntry } from '../../runner/select.ts';
import { tryStore } from '../../storage/trial.ts';
import { spin } from '../../terminal/spin.ts';
import { storeOf } from './store-of.ts';
import type { Tested, Tester } from './tested.ts';

/** Tests the cache of a runner behind a spinner; an interrupt deletes what was put. */
export const testCache = (tester: Tester, entry: RunnerEntry): Promise<Tested> =>
  withRollback(tester.world, tester.say, async (rollback) => {
    const { world, say, path, verbFlags } = tester;
    const { signal } = rollback;
    const named = { caFile: verbFlags.tlsCaFile?.at(-1) };
    const connectionTo = (url: string) => ({
      ...connectionOptions({ world, say, path, signal }, new URL(url).hostname, named),
      url,
    });
    const store = await storeOf({ world, path, connectionTo, note: (words) => say.note(words) }, entry);
    if ('problem' in store) return { entry, fault: store };
    const what = `the test object ${store.object}`;
    const remains = `The object ${store.object} may still be in ${store.bucket}.`;
    const trial = await spin(world, say, `Testing the cache of ${nameOf(entry)}`, () =>
      tryStore(store, connectionTo, (run) => rollback.undoBy({ what, remains, run })),
    );
    const hasOwnCa = connectionTo(trial.store.url).ca !== undefined;
    const fault = trial.steps.find((step) => step.fault !== undefined && step.act !== 'delete')?.fault;
    return { entry, trial, hasOwnCa, ...(fault && { fault }) };
  });
