import { hideTokens, readConfigFile } from '../../app/config-file.ts';
import { type ConfigInvocation, helpIfAsked, openInvocation } from '../../app/invocation.ts';
import { allNamed } from '../../app/select-runner.ts';
import { type ExitCode, exitCode, Trouble } from '../../errors.ts';
import { hasCache } from '../../runner/cache.ts';
import { nameOf, type RunnerEntry } from '../../runner/select.ts';
import type { Help } from '../../terminal/help.ts';
import type { Grammar, Reading } from '../../terminal/options.ts';
import { position } from '../../text/shell-quote.ts';
import type { World } from '../../world.ts';
import { caFlag, codeOf, hideSecrets, plainTested, type Tested, tellTested } from './tested.ts';

/** The command `cache test`: puts, gets, and deletes an object with the very cache settings of each runner. */
export const test = {
  grammar: {
    names: ['config', 'container', 'engine'],
    verbFlags: {
      ...caFlag,
      nonInteractive: {
        flag: '--non-interactive',
        short: '-n',
        isSwitch: true,
        doc: 'Accepted for scripts; the test asks no questions',
      },
    },
    next: () => 'runners',
  } as const satisfies Grammar,
  run,
};

async function run(reading: Reading, world: World): Promise<ExitCode> {
  const helped = await helpIfAsked(reading, world, test.grammar, 'cache test', help);
  if (helped !== undefined) return helped;
  const invocation = await openInvocation(reading, world, test.grammar);
  const { config } = await readConfigFile(invocation.path, invocation.say);
  hideTokens(invocation.say, config);
  hideSecrets(invocation, config?.text ?? '');
  const entries = withCaches(invocation, allNamed(invocation, config));
  // Only now what sends requests is loaded.
  const { testCache } = await import('./trials.ts');
  const tested: Tested[] = [];
  for (const entry of entries) {
    const one = await testCache(invocation, entry);
    tested.push(one);
    if (!invocation.say.mode.json) tellTested(invocation, one);
  }
  if (invocation.say.mode.json)
    invocation.say.object({
      action: 'tested',
      changed: false,
      file: invocation.path,
      caches: plainTested(tested),
    });
  return codeOf(tested);
}

/** Those with a cache; throws when a runner that was named has none, or nobody has one. */
function withCaches({ words, path }: ConfigInvocation, entries: readonly RunnerEntry[]): RunnerEntry[] {
  const [without] = entries.filter(({ runner }) => !hasCache(runner));
  const found = entries.filter(({ runner }) => hasCache(runner));
  if (without !== undefined && (words.length > 0 || found.length === 0)) {
    const who =
      words.length > 0 || entries.length === 1 ? `${nameOf(without)} in ${path}` : `No runner in ${path}`;
    throw new Trouble(`${who} has ${who.startsWith('No') ? 'a' : 'no'} distributed cache.`, {
      why: 'Its [runners.cache] has no Type: the cache stays on the host.',
      hint: `runner-setup cache setup ${position(without.at)}`,
    });
  }
  if (found.length > 0) return found;
  throw new Trouble(`${path} has no runners.`, { hint: 'To use another file, add --config FILE.' });
}

const help: Help = {
  usage: ['cache test [RUNNER…] [flags]'],
  about: `Check the cache of each runner: put, get, and delete an object with its settings, as gitlab-runner uses them. Exits with ${exitCode.done} when all caches work, ${exitCode.refused} when credentials or permissions are refused, and ${exitCode.failed} for other problems. RUNNER is a name, a position such as "#2", an ID, or the beginning of the token.`,
  more: [
    'The object is named like those of jobs, below Path, in project/0. It is deleted afterwards. The test runs on this machine: jobs may have other proxies, DNS servers, and trusted certificates.',
  ],
  flags: { Flags: ['json', 'config', 'container', 'tlsCaFile'] },
  examples: {
    'Test the caches of all runners': 'runner-setup cache test',
    'Test one runner, and trust the CA of its MinIO':
      'runner-setup cache test build-1 --tls-ca-file minio-ca.crt',
  },
};
