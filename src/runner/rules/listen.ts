import { textIn } from '../../config/model.ts';
import { checkSyntax } from '../../settings/syntax.ts';
import { isPlaceholder } from '../../text/expand.ts';
import { quote } from '../../text/shell-quote.ts';
import type { FileRule, Risk } from './rule.ts';

const set = (key: string, value: string): string =>
  `runner-setup edit --global --set ${quote(`${key}=${value}`)}`;

/** An address to listen at that Go does not take: a port without its colon, a URL, an address without a port. */
function* listening(globals: unknown, key: string, port: string, needsPort: boolean): Generator<Risk> {
  const path = key.split('.');
  const address = textIn(globals, ...path);
  if (address === '' || isPlaceholder(address)) return;
  const lacksPort = needsPort && !/:[\w-]+$/.test(address);
  if (checkSyntax('listen', address) === undefined && !lacksPort) return;
  yield {
    severity: 'error',
    rule: 'listen-address',
    at: 'global',
    path,
    message: `${key} "${address}" is not host:port`,
    why: /^\d+$/.test(address)
      ? 'gitlab-runner reads it as a host name and stops at start.'
      : 'gitlab-runner cannot listen there and stops at start.',
    next: set(key, rightAddress(address, port)),
  };
}

function rightAddress(address: string, port: string): string {
  if (/^\d{1,5}$/.test(address)) return `:${address}`;
  const bare = address
    .replace(/^\w+:\/\//, '')
    .replace(/\/.*$/, '')
    .replace(/:$/, '');
  const whole = /:[\w-]+$/.test(bare) ? bare : `${bare}:${port}`;
  return checkSyntax('listen', whole) === undefined ? whole : `:${port}`;
}

const metrics: FileRule = {
  id: 'listen-address',
  find: ({ globals }) => listening(globals, 'listen_address', '9252', false),
};

const sessions: FileRule = {
  id: 'listen-address',
  find: ({ globals }) => listening(globals, 'session_server.listen_address', '8093', true),
};

/** The address at which GitLab is to reach the session server: what it is given stands behind https://. */
const advertised: FileRule = {
  id: 'session-server',
  *find({ globals }) {
    const key = 'session_server.advertise_address';
    const listen = textIn(globals, 'session_server', 'listen_address');
    const own = textIn(globals, 'session_server', 'advertise_address');
    const address = own === '' ? listen : own;
    if (listen === '' || isPlaceholder(address)) return;
    const path = own === '' ? ['session_server'] : ['session_server', 'advertise_address'];
    const base = { rule: 'session-server', at: 'global', path } as const;
    const port = /:(\d+)$/.exec(listen)?.[1] ?? '8093';
    if (/^\w+:\/\//.test(address)) {
      const right = address.replace(/^\w+:\/\//, '').replace(/\/.*$/, '');
      const message = `${key} "${address}" must be host:port, without a scheme`;
      const why = 'gitlab-runner adds https://, so web terminals do not open.';
      yield { ...base, severity: 'warning', message, why, next: set(key, right) };
    } else if (/^(\d*|localhost|127\..*|0\.0\.0\.0|\[::1?\])(:\d+)?$/.test(address)) {
      yield {
        ...base,
        severity: 'warning',
        message: `GitLab cannot reach the session server at "${address}"${own === '' ? ': advertise_address is not set' : ''}`,
        why: 'Web terminals of jobs do not open. Set an address that GitLab can reach.',
        next: set(key, `runner.example.com:${port}`),
      };
    }
  },
};

/** The rules about addresses to listen at. */
export const listenRules: readonly FileRule[] = [metrics, sessions, advertised];
