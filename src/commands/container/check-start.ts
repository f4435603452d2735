import { pause } from '../../app/interrupt.ts';
import type { Container } from '../../engine/container.ts';
import { inspectContainers, logOf } from '../../engine/containers.ts';
import { secretNames } from '../../engine/print.ts';
import { Trouble } from '../../errors.ts';
import { spin } from '../../terminal/spin.ts';
import { harmless } from '../../text/sanitize.ts';
import { masker } from '../../text/secrets.ts';
import type { ContainerContext } from './context.ts';

/** What is wrong with a container that was just started; nothing when it runs and was not started again. */
export function faultOf(now: Container | undefined, started: Container): string | undefined {
  if (now === undefined) return 'no longer exists';
  const { state } = now;
  if (state.outOfMemory) return 'ran out of memory';
  if (!state.running || state.restarting) {
    return `exited immediately (code ${state.exitCode}${state.error === '' ? '' : `: ${harmless(state.error, 200)}`})`;
  }
  if (state.startedAt !== started.state.startedAt || state.restarts > started.state.restarts)
    return 'keeps exiting and being restarted';
  return state.health === 'unhealthy' ? 'fails its health check' : undefined;
}

/** The values of the variables of a container that may be secrets, and the passwords in them: its log may show either. */
export function secretsOf({ settings }: Container): string[] {
  const names = new Set(secretNames(settings));
  return Object.entries(settings.env)
    .filter(([name, value]) => value.length >= 6 && (names.has(name) || /proxy/i.test(name)))
    .flatMap(([, value]) => [value, ...passwordsIn(value)]);
}

const passwordsIn = (value: string): string[] =>
  [...value.matchAll(/:\/\/[^/\s:@]*:([^/\s@]{4,})@/g)].flatMap(([, password]) => {
    const plain = password!.replace(/%[0-9a-f]{2}/gi, (code) =>
      String.fromCharCode(parseInt(code.slice(1), 16)),
    );
    return [password!, plain];
  });

/**
 * Watches a container that was just started for three seconds: it must run and not be started again. Throws a `Trouble`
 * with the last lines of its log when it does not.
 */
export async function watchStart(
  context: ContainerContext,
  name: string,
  signal: AbortSignal,
): Promise<Container> {
  return spin(context.world, context.say, `Watching ${name}`, async () => {
    const [started] = await inspectContainers(context.engine, [name]);
    for (let looks = 0; looks < 6; looks++) {
      signal.throwIfAborted();
      const [now] = looks === 0 ? [started] : await inspectContainers(context.engine, [name]);
      const fault = started === undefined ? 'no longer exists' : faultOf(now, started);
      if (fault !== undefined) throw await diedAtOnce(context, name, fault, now);
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
    why: lines.length === 0 ? 'The log is empty.' : `The last lines of its log:\n${lines.join('\n')}`,
    hint: `Fix the problem shown in the log, or use another --tag or --image. Then run the same command again.`,
  });
}
