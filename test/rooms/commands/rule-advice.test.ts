import { expect, test } from 'vitest';
import { editGrammar, editsOf } from '../../../src/commands/edit/flags.ts';
import { planEdit } from '../../../src/commands/edit/plan.ts';
import { type Config, readConfig } from '../../../src/config/read.ts';
import { risksOf } from '../../../src/runner/rules/index.ts';
import { readCommandLine } from '../../../src/terminal/options.ts';
import { readShellLine } from '../../../src/text/shell-line.ts';

const docker = (lines: string, image = 'image = "alpine:3.22"') =>
  runner({}, `[runners.docker]\n${image}\n${lines}`);

function runner(keys: Readonly<Record<string, string>>, below = ''): string {
  const all = { url: 'https://gitlab.example.com', token: 'glrt-t3_one', executor: 'docker', ...keys };
  const lines = Object.entries(all).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
  return `[[runners]]\n${lines.join('\n')}\n${below}\n`;
}

const risky: readonly string[] = [
  docker('volumes = ["/a b:/cache", "/c:/cache", "/data"]'),
  docker('volumes = ["$HOME/x:/cache", "/y:/cache", "/z:/cache/"]'),
  docker('pull_policy = "never"\nallowed_pull_policies = ["always"]'),
  docker('pull_policy = "if-not-present"'),
  docker('privileged = true\n[[runners.docker.services]]\nname = "docker:28-dind"'),
  docker('privileged = false\n[[runners.docker.services]]\nname = "docker:28-dind"'),
  docker('volumes = ["/run/user/1000/podman/podman.sock:/var/run/docker.sock"]'),
  docker('dns = ["8", "a b", "1.1.1.1"]'),
  docker('extra_hosts = ["x", "a b:1", "it\'s:x"]'),
  docker('network_mode = "host"\n[runners.feature_flags]\nFF_NETWORK_PER_BUILD = true'),
  docker('', ''),
  runner({}, ''),
  runner({ executor: 'dokcer' }, ''),
  runner({ url: 'https://gitlab.example.com/ci' }),
  runner({ url: "https://gitlab.example.com/it's/-/runners" }),
  runner({ url: 'gitlab.example.com' }),
  runner({ executor: 'shell' }, '[runners.cache]\nType = "s4"'),
  runner({ executor: 'shell' }, '[runners.cache.gcs]\nBucketName = "b"'),
  runner({ executor: 'shell' }, '[runners.cache]\nType = "s3"\n[runners.cache.gcs]\nBucketName = "b"'),
  runner(
    { executor: 'shell' },
    '[runners.cache]\nType = "s3"\n[runners.cache.s3]\nBucketName = "b"\nServerAddress = "http://a b/"',
  ),
  `concurrent = 0\n${runner({ executor: 'shell' })}`,
  `concurrent = 1\n${runner({ executor: 'shell' }).repeat(3)}`,
];

/** The commands in an advice that can be typed as they stand; what presets change has cases of its own. */
const commandsIn = (next = ''): string[] =>
  [...next.matchAll(/runner-setup edit (.*?)(?:$|; |, or )/g)]
    .map(([, words]) => words!)
    .filter((words) => !/…|--preset/.test(words));

async function type(config: Config, command: string): Promise<number> {
  const reading = readCommandLine('edit', [...readShellLine(`${command} `).words], editGrammar);
  const [word, ...more] = reading.positionals;
  expect(more).toEqual([]);
  const runners = word === undefined ? [] : [Number(word.slice(1)) - 1];
  const plan = await planEdit(config, editsOf(reading, {}), { runners, isAll: false, forced: false });
  return plan.changes.length;
}

test('edit takes every command that a rule advises, and it changes something', async () => {
  const moment = { now: new Date('2026-03-01T12:00:00Z'), expand: (text: string) => text };
  const typed: string[] = [];
  for (const text of risky) {
    const config = await readConfig(text, 'config.toml');
    for (const command of risksOf(config, moment).flatMap(({ next }) => commandsIn(next))) {
      expect(await type(config, command), command).toBeGreaterThan(0);
      typed.push(command);
    }
  }
  expect(typed.length).toBeGreaterThan(20);
});
