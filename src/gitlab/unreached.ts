import { exitCode, Trouble } from '../errors.ts';
import type { Connection } from './connection.ts';
import { diagnose, isTimeout } from './diagnose.ts';
import type { ProxyAddress } from './proxies.ts';
import { type Call, codeOf, isDropped } from './request.ts';
import { normaliseUrl } from './url.ts';

/** Takes what the network threw during a call; gives the Trouble to throw. For a call that acts it says what may have happened. */
export function unreached(
  error: unknown,
  call: Call,
  line: Connection,
  proxy: ProxyAddress | undefined,
): Trouble {
  if (line.signal?.aborted) return cancelled(line.signal, call, line);
  const found = diagnose(error, line, proxy);
  const unsure = call.acts && mayHaveArrived(error);
  const Kind = unsure ? Unsure : Trouble;
  return new Kind(found.message, {
    why: unsure ? `${found.why} GitLab may still have done it.` : found.why,
    hint: unsure ? lookFor(call, line) : found.hint,
    cause: error,
  });
}

/** A Trouble after which nobody knows whether GitLab has done what it was asked. */
export class Unsure extends Trouble {
  override readonly name = 'Unsure';
}

/** Takes an aborted signal and the call it ended; gives the Trouble to throw: the signal's own where nothing was sent that acts. */
export function cancelled(signal: AbortSignal, call: Call, line: Connection): Trouble {
  if (signal.reason instanceof Trouble && !call.acts) return signal.reason;
  return new Trouble('Cancelled.', {
    code: exitCode.cancelled,
    cause: signal.reason,
    ...(call.acts ? { why: 'GitLab may still have done what it was asked.', hint: lookFor(call, line) } : {}),
  });
}

function mayHaveArrived(error: unknown): boolean {
  const code = codeOf(error);
  return (
    isDropped(error) ||
    code === 'TOO_LONG' ||
    (isTimeout(code) && !/CONNECT/.test(code) && code !== 'ETIMEDOUT')
  );
}

/** Takes a call whose answer was lost; gives where in GitLab to look for what it may have done. */
export function lookFor(call: Call, line: Connection): string {
  const base = normaliseUrl(line.url);
  if (call.name === 'resetToken' || call.name === 'resetTokenById') {
    return 'The old token may be void: runner-setup verify tells. If it is, reset it again with an access token.';
  }
  if (/Variable$/.test(call.name))
    return 'Run the same command again: it changes only what is not yet as it should be.';
  return `Before a second try, look for a new runner that never contacted GitLab, and delete it: ${base}/admin/runners, or Settings > CI/CD > Runners of the group or project.`;
}
