import type { Trusted } from '../../app/gitlab-address.ts';
import type { Pending } from '../../app/rollback.ts';
import { atPrompt, exitCode, Trouble } from '../../errors.ts';
import { isShort, wordsOnLength } from '../../settings/credential.ts';
import type { Person } from '../../terminal/ask.ts';
import { newAccessTokenPage } from '../../text/gitlab-pages.ts';
import type { Conversation, RegisterContext } from './plan.ts';
import type { Looks, TokenLook } from './wizard.ts';

/** What a check starts from: the conversation keeps what was done at GitLab for it. */
type TokenContext = RegisterContext & { readonly conversation: Conversation };

/**
 * Checks a token at GitLab as soon as it is known: an access token by its scopes, an authentication token by verifying
 * it, which `pending` takes back. What an earlier token did there is taken back first.
 */
export function lookAtToken(
  context: TokenContext,
  person: Person,
  trusted: () => Trusted | undefined,
  pending: Pending,
): Looks['token'] {
  const { conversation, known, say } = context;
  return async ({ kind, token }) => {
    const { verified } = conversation;
    if (verified?.token === token && verified.url === known.settings.url) return { note: '' };
    await pending.takeBack();
    delete conversation.verified;
    if (kind === 'registration')
      return (await isWhole(token, person)) ? { note: registrationNote } : undefined;
    if (context.dryRun) return { note: notContacted[kind] };
    try {
      return kind === 'access'
        ? await checkAccess(context, trusted(), token)
        : { note: await checkAuthentication(context, trusted(), token, pending) };
    } catch (error) {
      if (!(error instanceof Trouble) || error.code === exitCode.cancelled) throw error;
      say.trouble(withLength(error, token));
      if (error.code !== exitCode.failed) return undefined;
      return (await person.agree('Continue without checking the token?', false)) ? { note: '' } : undefined;
    }
  };
}

// GitLab's answer does not tell a part of a token from an old one, and what was typed is not shown.
function withLength(error: Trouble, token: string): ReturnType<typeof atPrompt> {
  const { why = '', ...rest } = atPrompt(error);
  const isPerhapsCut = /copied completely/.test(rest.hint ?? '');
  return { ...rest, why: isPerhapsCut ? `${why.replace(/\.$/, '')}. ${wordsOnLength(token)}` : why };
}

// GitLab checks it only when the runner is made. It promises no length, so a short one is asked about, not refused.
const isWhole = async (token: string, person: Person): Promise<boolean> =>
  !isShort(token) || (await person.agree(`${wordsOnLength(token)} Was it copied completely?`, false));

const registrationNote = 'Registration token. GitLab plans to remove registration tokens in 20.0.';

const kept = 'Its tags and other settings are kept in GitLab.';

const created = 'GitLab creates the runner after you confirm.';

const notContacted = {
  authentication: `Authentication token, not checked: --dry-run does not contact GitLab. ${kept}`,
  access: `Access token, not checked: --dry-run does not contact GitLab. ${created}`,
} as const;

async function checkAuthentication(
  context: TokenContext,
  trusted: Trusted | undefined,
  token: string,
  pending: Pending,
): Promise<string> {
  const { verifyTyped } = await import('./enroll.ts');
  const found = await verifyTyped(context, trusted, token, pending);
  // The runner is in config.toml: that is said where it is noticed.
  if (found === undefined) return '';
  const whose =
    found.id === undefined
      ? 'GitLab accepts the authentication token'
      : `Authentication token of runner ${found.id}`;
  return `${whose}. ${kept}`;
}

// A fine-grained token has its permissions elsewhere.
const enough = ['create_runner', 'api', 'granular'];
const readsPaths = ['read_api', 'api', 'granular'];

async function checkAccess(
  context: TokenContext,
  trusted: Trusted | undefined,
  token: string,
): Promise<TokenLook> {
  const { readTyped } = await import('./enroll.ts');
  const found = await readTyped(context, trusted, token);
  if (found === undefined)
    return { note: `Access token, not checked: this GitLab does not report its scopes. ${created}` };
  const { name, scopes, expiresAt } = found;
  if (!scopes.some((scope) => enough.includes(scope))) throw tooWeak(scopes, context.known.settings.url!);
  const end = expiresAt === null ? '' : `, expires ${expiresAt}`;
  const note = `Access token "${name}" (${scopes.join(', ')}${end}). ${created}`;
  return { note, readsPaths: scopes.some((scope) => readsPaths.includes(scope)) };
}

const tooWeak = (scopes: readonly string[], url: string): Trouble =>
  new Trouble('This access token cannot create runners: the scope create_runner (or api) is missing.', {
    why: `Its scopes: ${scopes.join(', ') || 'none'}.`,
    hint: `Create one: ${newAccessTokenPage(url)}`,
    code: exitCode.refused,
  });
