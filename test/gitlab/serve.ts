import { demoSetup } from './demo.ts';
import { type StandIn, startGitlab } from './server.ts';

/**
 * Starts the demo GitLab and prints its address and tokens; `argv` are the words after the program: `--port N`,
 * `--https`. Rejects when the port is taken.
 */
export async function serve(argv: string[], stdout: { write(words: string): unknown }): Promise<StandIn> {
  const port = Number(argv[argv.indexOf('--port') + 1]);
  const setup = argv.includes('--https') ? { ...demoSetup, https: true } : demoSetup;
  const gitlab = await startGitlab(setup, { port: argv.includes('--port') ? port : 0 });
  stdout.write(`${describe(gitlab).join('\n')}\n`);
  return gitlab;
}

function describe({ url, state }: StandIn): string[] {
  const { registrationTokens = [], accessTokens = [] } = state.setup;
  return [
    `Stand-in GitLab ${state.profile.version} at ${url}`,
    '',
    'Runner authentication tokens',
    ...state.runners.map((each) => `  ${each.token.padEnd(32)} ${each.type}, ${each.description}`),
    'Registration tokens',
    ...registrationTokens.map((each) => `  ${each.token.padEnd(32)} ${each.type}${of(each.of)}`),
    'Access tokens',
    ...accessTokens.map((each) => `  ${each.token.padEnd(32)} ${each.scopes.join(' ')}${standing(each)}`),
    'Groups and projects',
    ...state.groups.map((each) => `  group ${each.id} ${each.path}`),
    ...state.projects.map((each) => `  project ${each.id} ${each.path}`),
  ];
}

const of = (id: number | undefined): string => (id === undefined ? '' : ` ${id}`);

const standing = (token: { expired?: boolean; revoked?: boolean }): string =>
  token.expired ? ' (expired)' : token.revoked ? ' (revoked)' : '';
