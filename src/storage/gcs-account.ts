import { exitCode, Trouble } from '../errors.ts';
import { harmless } from '../text/sanitize.ts';

/** A Google service account. */
export interface GcsAccount {
  /** Its email address. */
  readonly account: string;
  /** Its private key in PEM; `\n` may stand for line ends. */
  readonly privateKey: string;
}

/** The service account in a JSON key file; throws a `Trouble` for any other file (`file` names it). */
export function accountIn(text: string, file: string): GcsAccount {
  const { type, client_email, private_key } = objectIn(text);
  if (type === 'service_account' && typeof client_email === 'string' && typeof private_key === 'string')
    return { account: client_email, privateKey: private_key };
  throw new Trouble(`${file} is not the key file of a Google service account.`, {
    why: typeof type === 'string' ? `It has the type ${harmless(type, 60)}.` : 'It is not such a JSON file.',
    hint: 'Create a JSON key of the service account in Google Cloud, and use its file.',
    code: exitCode.usage,
  });
}

function objectIn(text: string): Record<string, unknown> {
  try {
    const read: unknown = JSON.parse(text);
    return typeof read === 'object' && read !== null ? { ...read } : {};
  } catch {
    return {};
  }
}
