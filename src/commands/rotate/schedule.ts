import { misuse, reachNames, takeInvocation, wordOf } from '../../app/invocation.ts';
import { changeSchedule } from '../../app/schedule.ts';
import type { ExitCode } from '../../errors.ts';
import { completePath } from '../../host/places.ts';
import type { Job } from '../../host/schedule.ts';
import { table } from '../../settings/table.ts';
import type { Reading } from '../../terminal/options.ts';
import type { Say } from '../../terminal/say.ts';
import type { World } from '../../world.ts';
import { firstRunTroubles } from './first-run.ts';
import { rotateGrammar } from './flags.ts';
import { takeRotation } from './request.ts';

const job: Job = {
  name: 'runner-setup-rotate',
  words: 'rotate',
  noun: 'token rotation',
  description: 'Rotate tokens of gitlab-runner that expire soon',
  purpose: 'Rotate tokens of gitlab-runner',
};

/** `rotate --schedule` and `--unschedule`: has the system run the rotation again and again with what was given. */
export async function scheduleRotation(reading: Reading, world: World): Promise<ExitCode> {
  const words = await wordsOf(reading, world);
  return changeSchedule(reading, world, {
    job,
    work(say) {
      refuseSecrets(reading, world);
      warnOfStart(reading, say);
      return { words, env: proxyVariables(world.env) };
    },
    warnOfRun: (say) => warnOfFirstRun(reading, world, say),
  });
}

/** What was given, as words of a command line that mean the same in any folder. */
async function wordsOf(reading: Reading, world: World): Promise<string[]> {
  const { verbFlags, positionals } = reading;
  const { settings } = await takeInvocation(reading, world, { ...rotateGrammar });
  const { envFiles, tokenOutput } = takeRotation({ verbFlags, world });
  const flags = (flag: string, value: string | undefined) => (value === undefined ? [] : [flag, value]);
  const path = (value: string | undefined) => (value === undefined ? undefined : completePath(value, world));
  const accessTokenFile =
    wordOf(verbFlags, 'accessTokenFile') ?? (world.env.RUNNER_SETUP_ACCESS_TOKEN_FILE || undefined);
  return [
    ...positionals,
    ...flags('--config', path(settings.config)),
    ...flags('--container', settings.container),
    ...flags('--engine', settings.engine),
    ...reachNames.flatMap((name) => flags(table[name].flag, path(settings[name] as string | undefined))),
    ...(['name', 'url', 'within', 'days'] as const).flatMap((name) =>
      flags(rotateGrammar.verbFlags[name].flag, wordOf(verbFlags, name)),
    ),
    ...('force' in verbFlags ? ['--force'] : []),
    ...envFiles.flatMap((file) => ['--environment-file', file]),
    ...flags('--token-output', tokenOutput),
    ...flags('--access-token-file', path(accessTokenFile)),
  ];
}

// What a timer runs stands in files that everybody may read.
function refuseSecrets({ verbFlags }: Reading, { env }: World): void {
  if (verbFlags.accessToken === undefined && !env.RUNNER_SETUP_ACCESS_TOKEN) return;
  throw misuse(
    'A schedule cannot contain an access token, because every user can read it.',
    'Write the access token to a file (mode 0600), and use --access-token-file FILE.',
  );
}

function warnOfStart({ verbFlags }: Reading, say: Say): void {
  const files = verbFlags.environmentFile ?? [];
  if (files.length === 0) return;
  say.warn(
    `gitlab-runner reads ${files.join(', ')} only when it starts. After each rotation, its jobs stop until you restart it.`,
  );
}

// In the folder of another system, what the first run needs may come later.
async function warnOfFirstRun(reading: Reading, world: World, say: Say): Promise<void> {
  if ('root' in reading.verbFlags) return;
  for (const trouble of await firstRunTroubles(reading, world)) say.warn(trouble);
}

// Of a proxy with a password the timer's files would show it.
const proxyVariables = (env: World['env']): Record<string, string> =>
  Object.fromEntries(
    ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'].flatMap((name) => {
      const value = env[name] || env[name.toLowerCase()];
      return value && !value.includes('@') ? [[name, value]] : [];
    }),
  );
