import { run } from '../../engine/run.ts';
import { exitCode, Trouble } from '../../errors.ts';
import { canRedraw } from '../../terminal/size.ts';
import { spin } from '../../terminal/spin.ts';
import { harmless } from '../../text/sanitize.ts';
import { type ContainerContext, shownBy } from './context.ts';

/** Pulls an image, its progress in the spinner; Ctrl-C ends it. Throws with the engine's words when there is no such image. */
export async function pullImage({ world, say, engine }: ContainerContext, reference: string): Promise<void> {
  const stop = new AbortController();
  const release = world.onInterrupt(() =>
    stop.abort(new Trouble('Canceled. Nothing was changed.', { code: exitCode.cancelled })),
  );
  try {
    await spin(world, say, `Pulling ${reference}`, (spinner) =>
      run(engine, ['pull', reference], {
        ...shownBy(say, stop.signal),
        seconds: Infinity,
        // Where nothing can be drawn again these are dozens of lines for nobody.
        onLine: (line) =>
          canRedraw(world.stderr) && spinner.says(`Pulling ${reference}: ${harmless(line, 60)}`),
      }),
    );
  } catch (error) {
    if (!(error instanceof Trouble) || error.code === exitCode.cancelled) throw error;
    throw new Trouble(`${reference} could not be pulled. Nothing was changed.`, {
      why: error.why ?? error.message,
      hint: error.hint ?? hintFor(engine.program, reference, error.why ?? ''),
      cause: error,
    });
  } finally {
    release();
  }
}

function hintFor(program: string, reference: string, said: string): string {
  if (/denied|unauthorized|authentication required/i.test(said)) {
    const [host = ''] = reference.split('/');
    const place = /[.:]/.test(host) ? ` ${host}` : '';
    return `Check the image name ${reference}. For a private registry: ${program} login${place}`;
  }
  return /manifest|not found|does not exist/i.test(said)
    ? 'See the available tags: https://hub.docker.com/r/gitlab/gitlab-runner/tags'
    : `Check the connection to the registry, or load the image from a file: ${program} load`;
}
