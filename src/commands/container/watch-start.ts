import { pause } from '../../app/interrupt-wait.ts';
import type { Container } from '../../engine/container.ts';
import { lookAt } from '../../engine/container-state.ts';
import { logOf } from '../../engine/containers.ts';
import { Trouble } from '../../errors.ts';
import { masker } from '../../settings/mask.ts';
import { spin } from '../../terminal/spin.ts';
import { harmless } from '../../text/sanitize.ts';
import { quote } from '../../text/shell-quote.ts';
import { faultOf, secretsOf } from './check-start.ts';
import type { ContainerContext } from './context.ts';

/**
 * Watches a container that was just started for three seconds: it must run and not be started again. Throws a `Trouble`
 * with the last lines of its log when it does not.
 */
export async function watchStart(
  stage: ContainerContext,
  name: string,
  signal: AbortSignal,
): Promise<Container> {
  return spin(stage.world, stage.say, `Watching ${name}`, async () => {
    const [started] = await lookAt(stage.engine, [name]);
    for (let looks = 0; looks < 6; looks++) {
      signal.throwIfAborted();
      const [now] = looks === 0 ? [started] : await lookAt(stage.engine, [name]);
      const fault = started === undefined ? 'is gone' : faultOf(now, started);
      if (fault !== undefined) throw await diedAtOnce(stage, name, fault, now);
      await pause(500, signal);
    }
    return started!;
  });
}

async function diedAtOnce(
  { engine }: ContainerContext,
  name: string,
  fault: string,
  container: Container | undefined,
): Promise<Trouble> {
  const hide = masker(container === undefined ? [] : secretsOf(container));
  const lines = (await logOf(engine, name, 8)).map((line) => `  ${harmless(hide(line), 200)}`);
  return new Trouble(`The container ${name} ${fault}.`, {
    why: lines.length === 0 ? 'Its log is empty.' : `The last lines of its log:\n${lines.join('\n')}`,
    hint: `Mend what the log says, or take another --tag or --image, and run the same command again (${engine.program} logs ${quote(name)} while it is there).`,
  });
}
