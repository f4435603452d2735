import { atGitlab, connectionOf, infoOf, waitWords } from '../../app/connection.ts';
import { inParallel } from '../../app/in-parallel.ts';
import { interruptible } from '../../app/interrupt.ts';
import { type ConfigInvocation, misuse } from '../../app/invocation.ts';
import { textIn } from '../../config/model.ts';
import { Trouble } from '../../errors.ts';
import type { Connection } from '../../gitlab/connection.ts';
import { Refusal } from '../../gitlab/refusals.ts';
import type { Registered } from '../../gitlab/replies.ts';
import { systemIdFor } from '../../host/system-id.ts';
import { expiryOf, type RunnerEntry, tokenOf } from '../../runner/select.ts';
import type { Settings } from '../../settings/table.ts';
import { canRedraw } from '../../terminal/size.ts';
import { spin } from '../../terminal/spin.ts';
import { type Check, tellCheck } from './output.ts';

/** Asks for each runner, several at once; the lines are said in the order of the file. */
export async function askEach(
  invocation: ConfigInvocation,
  entries: readonly RunnerEntry[],
): Promise<Check[]> {
  const { world, say } = invocation;
  const systemId = await keptSystemId(invocation);
  const checks: Check[] = [];
  const told = new Telling(invocation);
  await interruptible(world, say, 0, ({ signal }) =>
    spin(world, say, progress(0, entries.length), async (spinner) => {
      await inParallel(entries, widthOf(invocation), async (entry, turn) => {
        const onWait: OnWait = (wait) => spinner.says(`#${entry.at + 1}: ${waitWords(wait)}`);
        const check = await askOne(invocation, entry, systemId, { signal, onWait });
        checks.push(check);
        if (canRedraw(world.stderr)) spinner.says(progress(checks.length, entries.length));
        told.add(turn, check);
      }).finally(() => told.end());
      signal.throwIfAborted();
    }),
  );
  return checks.sort((a, b) => a.entry.at - b.entry.at);
}

// A machine without an id of its own gets a random one, and would be another machine to GitLab at each run.
async function keptSystemId({ world, say, path }: ConfigInvocation): Promise<string> {
  const { id, file, isKept } = systemIdFor(path, world.platform);
  if (isKept || !id.startsWith('r_')) return id;
  try {
    const { putFile } = await import('../../app/save.ts');
    await putFile(file, id, path);
  } catch (error) {
    say.warn(`${file} could not be written: ${(error as Error).message}`);
  }
  return id;
}

const progress = (done: number, of: number): string => `Asking GitLab: ${done} of ${of}`;

function widthOf({ verbFlags }: ConfigInvocation): number {
  const word = verbFlags.parallel?.at(-1);
  if (word === undefined) return 8;
  if (/^[1-9]\d*$/.test(word)) return Number(word);
  throw misuse(`--parallel ${word} is not a number of 1 or more.`, 'Use a number, such as --parallel 4.');
}

/** Says the answers in the order of the file, each as soon as those before it are known. */
class Telling {
  readonly #invocation: ConfigInvocation;
  readonly #waiting = new Map<number, Check>();
  #next = 0;

  constructor(invocation: ConfigInvocation) {
    this.#invocation = invocation;
  }

  add(turn: number, check: Check): void {
    this.#waiting.set(turn, check);
    for (let one = this.#waiting.get(this.#next); one !== undefined; one = this.#waiting.get(this.#next)) {
      tellCheck(this.#invocation, one);
      this.#waiting.delete(this.#next);
      this.#next += 1;
    }
  }

  /** Says what is known behind an answer that did not come. */
  end(): void {
    for (const [, check] of [...this.#waiting].sort(([a], [b]) => a - b)) tellCheck(this.#invocation, check);
  }
}

type OnWait = NonNullable<Connection['onWait']>;

async function askOne(
  invocation: ConfigInvocation,
  entry: RunnerEntry,
  systemId: string,
  { signal, onWait }: { signal: AbortSignal; onWait: OnWait },
): Promise<Check> {
  const { world } = invocation;
  const token = tokenOf(entry.runner, world.env);
  const executor = textIn(entry.runner, 'executor') as NonNullable<Settings['executor']>;
  const shell = textIn(entry.runner, 'shell');
  const info = infoOf(world, { executor, ...(shell !== '' && { shell }) }, true);
  const body = { token, system_id: systemId, info };
  try {
    const connection = { ...connectionOf(invocation, entry, signal), onWait };
    return alive(entry, await atGitlab(connection, (gitlab) => gitlab.verify(body)));
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof Trouble)) throw error;
    return failed(invocation, entry, error);
  }
}

const alive = (entry: RunnerEntry, { id, expiresAt }: Registered): Check => ({
  entry,
  state: 'alive',
  ...(id !== undefined && { id }),
  ...(expiresAt !== null && { expiresAt }),
});

function failed({ world }: ConfigInvocation, entry: RunnerEntry, trouble: Trouble): Check {
  const check = { entry, trouble };
  if (!(trouble instanceof Refusal))
    return { ...check, state: trouble.code === 1 ? 'unreachable' : 'unclear' };
  if (!saysGone(trouble)) return { ...check, state: 'unclear' };
  const end = expiryOf(entry.runner);
  return end !== undefined && end <= world.now()
    ? { ...check, state: 'expired', expiresAt: end.toISOString() }
    : { ...check, state: 'refused' };
}

// A GitLab that is read-only answers 403 as well: only its plain no, or a lost runner, says that the token is dead.
const saysGone = ({ status, why = '' }: Refusal): boolean =>
  (status === 403 && /^GitLab says: 403 Forbidden( - Runner is orphaned)?$/.test(why)) ||
  (status === 422 && /orphan/i.test(why));
