import { BlockList, isIP } from 'node:net';

/** The proxies of the environment, as the variables name them. */
export interface Proxies {
  http?: string;
  https?: string;
  no?: string;
}

/** Takes the environment; gives its proxies. Upper case goes before lower case and empty counts as unset, as in Go. */
export function proxiesOf(env: Readonly<Record<string, string | undefined>>): Proxies {
  const read = (name: string) => env[name]?.trim() || env[name.toLowerCase()]?.trim() || undefined;
  const [http, https, no] = [read('HTTP_PROXY'), read('HTTPS_PROXY'), read('NO_PROXY')];
  return {
    ...(http === undefined ? {} : { http }),
    ...(https === undefined ? {} : { https }),
    ...(no === undefined ? {} : { no }),
  };
}

/** A proxy ready for use: where it is, what it wants to hear, and how to speak of it. */
export interface ProxyAddress {
  /** Address without user and password. */
  uri: string;
  /** Value of Proxy-Authorization. */
  authorization?: string;
  /** Parts that must never be shown. */
  secrets: string[];
  /** Address for people, the password replaced. */
  shown: string;
}

/** Whether a proxy leads to an http(s) URL, by the rules of Go, which gitlab-runner and its helper keep. */
export const isProxied = (target: URL, proxies: Proxies): boolean =>
  namedFor(target, proxies) !== undefined && !goesDirect(target, proxies.no);

/** Takes an http(s) URL; gives the proxy that leads to it, or undefined for a direct way. Throws TypeError on a proxy address that is none. */
export function proxyFor(target: URL, proxies: Proxies): ProxyAddress | undefined {
  const named = namedFor(target, proxies);
  if (named === undefined || !isProxied(target, proxies)) return undefined;
  const url = new URL(named.includes('://') ? named : `http://${named}`);
  const user = decoded(url.username);
  const password = decoded(url.password);
  const shown = `${url.protocol}//${user === '' ? '' : `${user}${password === '' ? '' : ':***'}@`}${url.host}`;
  url.username = '';
  url.password = '';
  if (user === '' && password === '') return { uri: url.href, secrets: [], shown };
  const basic = Buffer.from(`${user}:${password}`).toString('base64');
  return { uri: url.href, authorization: `Basic ${basic}`, secrets: [password, basic], shown };
}

const namedFor = (target: URL, { http, https }: Proxies): string | undefined =>
  target.protocol === 'https:' ? https : http;

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

// The rules of golang.org/x/net/http/httpproxy, so that gitlab-runner and this program take the same way.
function goesDirect(target: URL, no: string | undefined): boolean {
  const host = bare(target.hostname).toLowerCase();
  if (host === 'localhost' || isLoopback(host)) return true;
  const port = target.port || (target.protocol === 'https:' ? '443' : '80');
  const rules = (no ?? '')
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean);
  return rules.some((rule) => rule === '*' || covers(rule, host, port));
}

function covers(rule: string, host: string, port: string): boolean {
  if (rule.includes('/')) return inSubnet(rule, host);
  const [, name, wanted] = /^(\[[^\]]*\]|[^:]*|.*:.*:.*?)(?::(\d+))?$/.exec(rule) ?? [];
  if (name === undefined || (wanted !== undefined && wanted !== port)) return false;
  if (isIP(bare(name)) !== 0) return sameAddress(bare(name), host);
  const domain = name.startsWith('*.') ? name.slice(1) : name;
  if (domain.startsWith('.')) return host.endsWith(domain);
  return domain !== '' && (host === domain || host.endsWith(`.${domain}`));
}

function inSubnet(rule: string, host: string): boolean {
  const [address = '', bits = ''] = rule.split('/');
  const family = isIP(address);
  if (family === 0 || isIP(host) !== family || !/^\d+$/.test(bits)) return false;
  if (Number(bits) > (family === 4 ? 32 : 128)) return false;
  const net = new BlockList();
  net.addSubnet(address, Number(bits), family === 4 ? 'ipv4' : 'ipv6');
  return net.check(host, family === 4 ? 'ipv4' : 'ipv6');
}

function sameAddress(a: string, b: string): boolean {
  return isIP(b) !== 0 && inSubnet(`${a}/${isIP(a) === 4 ? 32 : 128}`, b);
}

function isLoopback(host: string): boolean {
  return inSubnet('127.0.0.0/8', host) || sameAddress('::1', host);
}

function bare(host: string): string {
  return host.replace(/^\[|\]$/g, '');
}
