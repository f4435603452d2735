import { isTable, textIn, textsIn, valueAt } from '../../config/model.ts';
import { parseJson } from '../../settings/kinds.ts';
import { isPlaceholder } from '../../text/expand.ts';
import { editing, type Risk, type Subject, speaking, type WritingRule } from './rule.ts';

/** Credential stores that only desktops have. */
const desktop: ReadonlySet<string> = new Set(['desktop', 'desktop.exe', 'osxkeychain', 'wincred']);

/** The registry logins in the environment of jobs; nothing when there are none, or they cannot be read. */
function configIn({ runner }: Subject): unknown {
  const start = 'DOCKER_AUTH_CONFIG=';
  const words = textsIn(runner, 'environment').find((one) => one.startsWith(start));
  return words && parseJson(words.slice(start.length));
}

const about = ({ at }: Subject) => ({ severity: 'error', at, path: ['environment'] }) as const;

function keysIn(config: unknown, key: string): string[] {
  const value = valueAt(config, [key]);
  return isTable(value) ? Object.keys(value) : [];
}

const addAgain = ({ word }: Subject, hosts: string): string =>
  `runner-setup registry-auth add ${hosts} --runner ${word}`;

function* notBase64(subject: Subject): Generator<Risk> {
  const config = configIn(subject);
  for (const host of keysIn(config, 'auths')) {
    const auth = textIn(config, 'auths', host, 'auth');
    if (auth === '' || isPlaceholder(auth) || holdsLogin(auth)) continue;
    yield {
      ...about(subject),
      rule: 'registry-login',
      message: `DOCKER_AUTH_CONFIG: auth of ${host} is not base64 of USER:PASSWORD`,
      why: 'gitlab-runner cannot read it, so pulls from this registry fail.',
      next: addAgain(subject, host),
    };
  }
}

const holdsLogin = (auth: string): boolean =>
  /^[A-Za-z\d+/]+={0,2}$/.test(auth) && Buffer.from(auth, 'base64').toString('utf8').includes(':');

function* stores(subject: Subject): Generator<Risk> {
  const config = configIn(subject);
  const helperOf = (host: string) => textIn(config, 'credHelpers', host);
  const hosts = keysIn(config, 'credHelpers').filter((host) => desktop.has(helperOf(host)));
  const store = textIn(config, 'credsStore');
  if (hosts.length === 0 && !desktop.has(store)) return;
  const named = [...new Set([...hosts, ...keysIn(config, 'auths')])];
  yield {
    ...about(subject),
    rule: 'credential-store',
    message: `DOCKER_AUTH_CONFIG uses the credential store "${desktop.has(store) ? store : helperOf(hosts[0]!)}", which exists only on desktops`,
    why: 'gitlab-runner finds no credentials there, so pulls of private images fail.',
    next: `${addAgain(subject, named.length === 0 ? 'HOST' : named.join(' '))} --replace`,
  };
}

/** Git that checks no certificate: the CA for the jobs does the same without opening them to everybody in between. */
function* unchecked(subject: Subject): Generator<Risk> {
  for (const item of textsIn(subject.runner, 'environment')) {
    if (!/^GIT_SSL_NO_VERIFY=(?!(0|false|no|off)?$)/i.test(item)) continue;
    yield {
      severity: 'warning',
      rule: 'git-ssl-no-verify',
      at: subject.at,
      path: ['environment'],
      message: 'GIT_SSL_NO_VERIFY in environment turns off certificate checks of git in jobs',
      why: 'Anyone between jobs and GitLab can read their tokens. With tls-ca-file, git gets the CA.',
      next: editing(subject, '--remove', `environment=${item}`),
    };
  }
}

/** The rules about credentials and checks of certificates in the environment of jobs. */
export const loginRules: readonly WritingRule[] = [
  { id: 'registry-login', keys: ['environment'], find: notBase64 },
  { id: 'credential-store', keys: ['environment'], find: stores },
  { id: 'git-ssl-no-verify', keys: ['environment'], find: unchecked },
].map(speaking);
