import { type Connection, dial } from '../gitlab/connection.ts';
import { diagnose } from '../gitlab/diagnose.ts';
import type { Fault } from './store.ts';

/** What it means that no answer came; `problem` is what is wrong with the address, `plain` where it may have no TLS. */
export function faultOfNetwork(error: unknown, connection: Connection): { fault: Fault; problem: string } {
  const { problem, message, why, hint, mayBePlain } = diagnose(error, connection, dial(connection).proxy);
  const next = hint
    .replace('that this is a GitLab URL', 'the address')
    .replace('reach GitLab directly', 'connect without a proxy')
    .replace(/, or trust a certificate .*/, '.');
  const isCertificate = /^tls-(untrusted|expired|name)$/.test(problem);
  const fault = { problem: isCertificate ? 'certificate' : 'unreachable', message, why, next } as const;
  return { fault, problem: mayBePlain ? 'plain' : problem };
}
