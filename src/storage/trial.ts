import type { Connection } from '../gitlab/connection.ts';
import { type Answer, send } from '../gitlab/send.ts';
import { faultOfNetwork } from './network.ts';
import type { Act, Fault, Store } from './store.ts';

/** How one part of a test went. */
interface Step {
  readonly act: Act;
  /** Absent when it went well. */
  readonly fault?: Fault;
}

/** How a test of a cache went: what was done, in this order. */
export interface Trial {
  readonly store: Store;
  readonly steps: readonly Step[];
  /** Whether the object of the test may still be there. */
  readonly isLeft: boolean;
}

const body = Buffer.from('Written by runner-setup cache test. It can be deleted.\n');

/**
 * Puts an object into a store, gets it, and deletes it; the store of the result is the one that gitlab-runner would use.
 * What is put is deleted whatever comes in between. Throws when the signal of the connection aborts; `onPut` hears before
 * that how to delete what may be there.
 */
export async function tryStore(
  store: Store,
  connectionTo: (url: string) => Connection,
  onPut: (take: (signal: AbortSignal) => Promise<void>) => void = () => undefined,
): Promise<Trial> {
  const ask = (act: Act, one = store) => attempt(one, act, connectionTo(one.url));
  onPut(async (signal) => {
    const fault = await attempt(store, 'delete', { ...connectionTo(store.url), signal });
    if (fault !== undefined) throw new Error(fault.message);
  });
  const put = await ask('put');
  if (put?.instead !== undefined) return tryStore(put.instead, connectionTo, onPut);
  const mayBeThere = put === undefined || put.problem === 'unreachable' || put.problem === 'other';
  const steps: Step[] = [stepOf('put', put)];
  if (put === undefined) steps.push(stepOf('get', await ask('get')));
  if (!mayBeThere) return { store, steps, isLeft: false };
  const left = await ask('delete');
  if (put === undefined) steps.push(stepOf('delete', left));
  return { store, steps, isLeft: put === undefined && left !== undefined };
}

const stepOf = (act: Act, fault: Fault | undefined): Step => ({ act, ...(fault && { fault }) });

async function attempt(store: Store, act: Act, connection: Connection): Promise<Fault | undefined> {
  connection.signal?.throwIfAborted();
  try {
    const answer = await send(connection, store.request(act, body));
    return isDone(act, answer) ? contentFault(store, act, answer) : store.refusal(act, answer);
  } catch (error) {
    connection.signal?.throwIfAborted();
    return unreachable(error, store, connection);
  }
}

// What is gone already is deleted.
const isDone = (act: Act, { status, text }: Answer): boolean =>
  (status >= 200 && status < 300) || (act === 'delete' && status === 404 && !/Bucket|Container/.test(text));

function contentFault(store: Store, act: Act, { text }: Answer): Fault | undefined {
  if (act !== 'get' || text === body.toString()) return undefined;
  return {
    problem: 'not-storage',
    message: `${store.url} returned content that differs from the stored object.`,
    next: 'Check for a proxy or a cache between this machine and the server.',
  };
}

function unreachable(error: unknown, store: Store, connection: Connection): Fault {
  const { fault, problem } = faultOfNetwork(error, connection);
  return { ...fault, ...store.unreachable?.(problem) };
}
