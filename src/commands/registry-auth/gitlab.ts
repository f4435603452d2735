import { askGitlab, connectionOf } from '../../app/connection.ts';
import { readAddress } from '../../app/gitlab-address.ts';
import { gitlabMeant } from '../../app/gitlab-meant.ts';
import { Trouble } from '../../errors.ts';
import type { Gitlab } from '../../gitlab/calls.ts';
import { type RunnerEntry, urlOf } from '../../runner/select.ts';
import { secret, text } from '../../settings/kinds.ts';
import type { RegistryAuthContext } from './context.ts';

/** The GitLab of the variables: that of `--url`, else the only one of config.toml; with the certificates that a runner of it names. */
export const gitlabIn = ({ settings, file, world }: RegistryAuthContext): RunnerEntry | undefined =>
  gitlabMeant(settings.url, file?.runners ?? [], world.env);

/** The context with the GitLab and the access token of the variables; a person is asked for what is missing. */
export async function withGitlab(context: RegistryAuthContext): Promise<RegistryAuthContext> {
  if (!context.mayAsk) return context;
  const { personOf } = await import('../../terminal/ask.ts');
  const person = await personOf(context.world, context.say);
  let asked = context;
  while (gitlabIn(asked) === undefined) {
    const url = await person.answer(
      { ask: 'GitLab URL', kind: text('URL', 'filled'), required: true },
      undefined,
    );
    asked = { ...context, settings: { ...context.settings, url: String(url) } };
    try {
      readAddress(String(url));
    } catch (error) {
      if (!(error instanceof Trouble)) throw error;
      asked = context;
      context.say.trouble(error);
    }
  }
  if (asked.access !== undefined) return asked;
  const token = await person.answer(
    { ask: 'Access token with the scope api', kind: secret(), required: true },
    undefined,
  );
  const access = String(token);
  asked.say.hide([access]);
  return { ...asked, access };
}

/** Asks the GitLab of the variables behind a spinner that says `action`; gives what `ask` gives. */
export function askAboutVariables<T>(
  context: RegistryAuthContext,
  action: string,
  signal: AbortSignal | undefined,
  ask: (gitlab: Gitlab, accessToken: string) => Promise<T>,
): Promise<T> {
  const at = gitlabIn(context)!;
  const accessToken = context.access!;
  const { world, say } = context;
  const connection = connectionOf(context, at, signal);
  const words = `${action} at ${urlOf(at.runner, world.env)}`;
  return askGitlab({ world, say }, words, connection, (gitlab) => ask(gitlab, accessToken));
}
