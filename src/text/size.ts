import { exitCode, Trouble } from '../errors.ts';

const steps = ['', 'K', 'M', 'G', 'T', 'P'] as const;

const form = /^([+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?)\s*([kmgtp]?)(i?)b?$/i;

/**
 * Reads `10G`, `10GB`, `512 MiB` or plain bytes as bytes: as Docker prints them G is 1000³ and Gi 1024³; nothing when
 * it is no size.
 */
export function bytesOf(words: string): number | undefined {
  const [, number, unit = '', binary] = form.exec(words.trim()) ?? [];
  if (number === undefined || (binary && unit === '')) return undefined;
  return Math.round(Number(number) * (binary ? 1024 : 1000) ** steps.indexOf(unit.toUpperCase() as 'K'));
}

/**
 * Reads a size such as `10G` that a person gave as the limit `name`; gives its bytes, and throws a `Trouble` naming the
 * limit when it is no size.
 */
export function readSize(name: string, words: string): number {
  const bytes = bytesOf(words);
  if (bytes !== undefined && bytes >= 0) return bytes;
  throw new Trouble(`${name}: "${words}" is not a size.`, {
    hint: 'Use 10G or 10GB (1000³ bytes each), 10GiB (1024³), 500M, or a number of bytes.',
    code: exitCode.usage,
  });
}

/** Bytes in words with three digits: `12.5 MB`, `1 GB`, `14 B`. */
export function sizeWords(bytes: number): string {
  let [rest, step] = [Math.abs(bytes), 0];
  while (rest >= 999.5 && step < steps.length - 1) [rest, step] = [rest / 1000, step + 1];
  const number = Number(rest.toPrecision(3)) * Math.sign(bytes);
  return `${number || 0} ${steps[step] === 'K' ? 'k' : steps[step]}B`;
}

/** Reads a size as Docker's flags take it (`512m`, `2g`, plain bytes; each step is 1024) as bytes; nothing when it is none. */
export function ramOf(words: string): number | undefined {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)\s?([kmgtp]?)i?b?$/i.exec(words.trim()) ?? [];
  if (number === undefined) return undefined;
  return Math.floor(Number(number) * 1024 ** steps.indexOf(unit.toUpperCase() as 'K'));
}

/** Reads a quantity as Kubernetes takes it (`500m`, `2`, `1Gi`, `1e3`) as a number; nothing when it is none. */
export function quantityOf(words: string): number | undefined {
  const [, number, suffix = ''] =
    /^([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(m|[kMGTPE]?|[KMGTPE]i)$/.exec(words) ?? [];
  if (number === undefined) return undefined;
  if (suffix === 'm') return Number(number) / 1000;
  const step = 'KMGTPE'.indexOf(suffix.charAt(0).toUpperCase()) + 1;
  return Number(number) * (suffix.endsWith('i') ? 1024 : 1000) ** (suffix === '' ? 0 : step);
}
