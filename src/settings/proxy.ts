/** The variables that name a proxy, as programs read them: some know the small letters only, some the large ones. */
export const proxyVariables = ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY'] as const;

/** The variables that name what is reached without it. */
export const directVariables = ['no_proxy', 'NO_PROXY'] as const;

/** Whether an element of `environment` sets one of them. */
export const isProxyVariable = (item: string): boolean => /^(https?|no)_proxy=/i.test(item);

/** An address of a proxy as it is written into files: with its scheme, and no `$`, which gitlab-runner would expand. */
export function proxyAddress(words: string): string {
  const whole = words.includes('://') ? words : `http://${words}`;
  return whole.replace(/\/$/, '').replaceAll('$', '%24');
}

/** What must not be seen of a proxy's address: its password, or its user where that stands alone. */
export function secretsOfProxy(words = ''): string[] {
  const user = /^(?:\w+:\/\/)?(.+)@/s.exec(words)?.[1];
  if (user === undefined) return [];
  const password = user.includes(':') ? user.slice(user.indexOf(':') + 1) : user;
  return [...new Set([password, decoded(password), password.replaceAll('$', '%24')])];
}

/** An address of a proxy with a user and a password, as they stand in an address; without a user as it is. */
export function withCredentials(address: string, user: string, password: string): string {
  if (user === '') return address;
  const credentials = [user, ...(password === '' ? [] : [password])].map(encodeURIComponent).join(':');
  return proxyAddress(address).replace('://', `://${credentials}@`);
}

/** The parts of a proxy's address: where it is, and who asks there; the password stays as it is written. */
export function partsOfProxy(address = ''): { place: string; user: string; password: string } {
  const [, scheme = '', user = '', password = '', rest = ''] =
    /^(\w+:\/\/)?(?:([^\s/:@]+)(?::([^\s/]*))?@)?(.*)$/.exec(address) ?? [];
  return { place: scheme + rest, user: decoded(user), password: decoded(password) };
}

/**
 * The address of a proxy without user and password; what stands before an @ is taken for them, also where there is no
 * scheme.
 */
export const shownProxy = (address: string): string =>
  address.replace(/^(\w+:\/\/)?.+@/s, (_, scheme = '') => `${scheme}[hidden]@`);

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
