import type { GitlabSetup } from '../gitlab/index.ts';
import { accessToken, type Verb } from './scene.ts';

/** A command that changes something, with all that it finds. */
export interface SignalStory {
  readonly name: string;
  readonly verb: Verb;
  readonly gitlab: GitlabSetup;
  files(url: string): Record<string, string>;
  words(url: string): string[];
  readonly token?: string;
  readonly env?: Record<string, string>;
}

const everything = { token: accessToken, scopes: ['api', 'create_runner', 'manage_runner'], admin: true };

// A token of this kind is deleted with its runner; the other kind would leave the runner in GitLab.
const runner = (id: number) => ({
  id,
  token: registeredToken(id),
  type: 'instance' as const,
  managers: [{ systemId: 's_0123456789ab' }],
});
const registeredToken = (id: number): string => `registered${String(id).padStart(10, '0')}`;

const authentication = 'glrt-t1_signal00000000001';

const dockerConfig = JSON.stringify({
  auths: { 'registry.example.com': { auth: 'bWU6c2VjcmV0LW9mLW1pbmU=' } },
});

const fileOf = (url: string, ids: readonly number[]): string =>
  `${ids.length === 0 ? 'concurrent = 1\n' : ''}${ids
    .map(
      (id) =>
        `[[runners]]\n  name = "r${id}"\n  url = "${url}"\n  id = ${id}\n  token = "${registeredToken(id)}"\n  executor = "shell"\n`,
    )
    .join('\n')}`;

/** Commands of each kind: those that make something at GitLab, change it, let it go, and those that only write. */
export const signalStories: readonly SignalStory[] = [
  {
    name: 'register with an access token',
    verb: 'register',
    gitlab: { accessTokens: [everything], runners: [], firstRunnerId: 9001 },
    files: (url) => ({ 'config.toml': fileOf(url, []) }),
    words: () => ['--name', 'new', '--executor', 'shell', '--runner-type', 'instance'],
    token: accessToken,
  },
  {
    name: 'register with a registration token',
    verb: 'register',
    gitlab: { version: '15.11.0-ee', registrationTokens: [{ token: 'GR1348941proof', type: 'instance' }] },
    files: (url) => ({ 'config.toml': fileOf(url, []) }),
    words: () => ['--name', 'new', '--executor', 'shell'],
    token: 'GR1348941proof',
  },
  {
    name: 'register and leave the runner',
    verb: 'register',
    gitlab: { accessTokens: [everything], runners: [], firstRunnerId: 9001 },
    files: (url) => ({ 'config.toml': fileOf(url, []) }),
    words: () => ['--name', 'new', '--executor', 'shell', '--runner-type', 'instance', '--leave-runner'],
    token: accessToken,
  },
  {
    name: 'register with an authentication token',
    verb: 'register',
    gitlab: { runners: [{ id: 1, token: authentication, type: 'instance' }] },
    files: (url) => ({ 'config.toml': fileOf(url, []) }),
    words: () => ['--name', 'new', '--executor', 'shell'],
    token: authentication,
  },
  {
    name: 'register that changes what GitLab keeps',
    verb: 'register',
    gitlab: {
      accessTokens: [everything],
      runners: [{ ...runner(1), description: 'r1', paused: false }],
    },
    files: (url) => ({ 'config.toml': fileOf(url, [1]) }),
    words: () => [
      ...['--name', 'r1', '--executor', 'shell', '--runner-type', 'instance'],
      '--paused',
      '--limit',
      '3',
    ],
    token: accessToken,
  },
  {
    name: 'unregister',
    verb: 'unregister',
    gitlab: { runners: [1, 2].map(runner) },
    files: (url) => ({ 'config.toml': fileOf(url, [1, 2]) }),
    words: () => ['--all-runners', '--yes'],
  },
  {
    name: 'reset-token',
    verb: 'reset-token',
    gitlab: { runners: [1, 2].map(runner) },
    files: (url) => ({ 'config.toml': fileOf(url, [1, 2]) }),
    words: () => ['--all-runners', '--yes'],
  },
  {
    name: 'verify --delete',
    verb: 'verify',
    gitlab: { runners: [runner(1)] },
    files: (url) => ({ 'config.toml': fileOf(url, [1, 2]) }),
    words: () => ['--delete', '--yes'],
  },
  {
    name: 'edit at GitLab and in the file',
    verb: 'edit',
    gitlab: { accessTokens: [everything], runners: [1, 2].map(runner) },
    files: (url) => ({ 'config.toml': fileOf(url, [1, 2]) }),
    words: () => ['--all', '--paused', '--limit', '3'],
    env: { RUNNER_SETUP_ACCESS_TOKEN: accessToken },
  },
  {
    name: 'undo',
    verb: 'undo',
    gitlab: { runners: [runner(1)] },
    files: (url) => ({ 'config.toml': fileOf(url, []), '.config.toml.previous': fileOf(url, [1]) }),
    words: () => ['--yes'],
  },
  {
    name: 'doctor --fix',
    verb: 'doctor',
    gitlab: { runners: [runner(1)] },
    files: (url) => ({ 'config.toml': fileOf(`${url}/ci/`, [1]) }),
    words: () => ['--fix', '--yes', '--offline'],
  },
  {
    name: 'registry-auth add',
    verb: 'registry-auth',
    gitlab: {
      accessTokens: [everything],
      runners: [runner(1)],
      projects: [{ id: 7, path: 'group/project' }],
    },
    files: (url) => ({ 'config.toml': fileOf(url, [1]), 'docker.json': dockerConfig }),
    words: (url) => [
      ...['add', 'registry.example.com', '--docker-config', '<PLACE>/docker.json'],
      ...['--runner', '1', '--project', '7', '--url', url, '--yes'],
    ],
    env: { RUNNER_SETUP_ACCESS_TOKEN: accessToken },
  },
];
