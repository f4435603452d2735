import type { Answer, Request } from '../gitlab/send.ts';

/** What a test does with its object. */
export type Act = 'put' | 'get' | 'delete';

/** What is wrong with the settings of a cache, or with what they lead to. */
type StoreProblem =
  | 'unreachable'
  | 'certificate'
  | 'region'
  | 'path-style'
  | 'clock'
  | 'credentials'
  | 'permission'
  | 'bucket'
  | 'encryption'
  | 'settings'
  | 'not-storage'
  | 'other';

/** What went wrong, in words for the person. */
export interface Fault {
  readonly problem: StoreProblem;
  readonly message: string;
  readonly why?: string;
  readonly next: string;
  /** The same store as gitlab-runner would find it by itself now. */
  readonly instead?: Store;
}

/** An object in an object storage, as the settings of a runner lead to it. */
export interface Store {
  /** Scheme, host, and port of the server. */
  readonly url: string;
  readonly bucket: string;
  /** The name of the object. */
  readonly object: string;
  /** The signed request that does something with the object. */
  request(act: Act, body: Buffer): Request;
  /** What an answer means that is no success. */
  refusal(act: Act, answer: Answer): Fault;
  /** What it means for these settings that no answer came; nothing where it means no more than it says. */
  unreachable?(problem: string): Partial<Fault> | undefined;
}

/** What all kinds of store need to be made. */
export interface StoreContext {
  readonly object: string;
  readonly now: () => Date;
  /** The command that changes settings of this cache, with these flags. */
  edit(flags: string): string;
  /** The command that removes one of its keys. */
  unset(key: string): string;
}

/** The words of a server's XML error: an empty text for a part that is not there. */
export function xmlError({ text }: Answer): { code: string; message: string; part(name: string): string } {
  const part = (name: string) => unescaped(new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1] ?? '');
  return { code: part('Code'), message: part('Message'), part };
}

const unescaped = (text: string): string =>
  text
    .replaceAll('&quot;', '"')
    .replaceAll('&#34;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&apos;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .trim();

/** A path or name as RFC 3986 wants it in a URL and in a signature; slashes stay. */
export const encodePath = (path: string): string => path.split('/').map(encodePart).join('/');

/** One part of a path or query, with everything encoded that is not unreserved. */
export const encodePart = (part: string): string =>
  encodeURIComponent(part).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

/** How far the clock of this machine is from the server's, in seconds, by the Date of its answer; nothing without one. */
export function skewOf({ headers }: Answer, now: Date): number | undefined {
  const told = Date.parse([headers.date].flat()[0] ?? '');
  return Number.isNaN(told) ? undefined : Math.round((now.getTime() - told) / 1000);
}

/** For a clock of this machine that is too far from the server's. */
export function clockWords(skew: number | undefined): Fault {
  const by = skew === undefined ? '' : ` by ${Math.round(Math.abs(skew) / 60)} minutes`;
  return {
    problem: 'clock',
    message: `The clock of this machine is ${skew === undefined ? 'wrong' : skew > 0 ? 'ahead' : 'behind'}${by}.`,
    next: 'Synchronize the clock: timedatectl set-ntp true',
  };
}
