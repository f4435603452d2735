import { error } from './answers.ts';
import type { Params } from './params.ts';

/** Parameters of a body by its content type: JSON, form or multipart; any other kind has none. */
export function parseBody(raw: Buffer, contentType: string | undefined): Params {
  const kind = (contentType ?? '').split(';')[0]!.trim().toLowerCase();
  if (raw.length === 0) return {};
  if (kind === 'application/json') return parseJson(raw.toString());
  if (kind === 'application/x-www-form-urlencoded') return nest(new URLSearchParams(raw.toString()));
  if (kind === 'multipart/form-data') return nest(parts(raw.toString('latin1'), contentType!));
  return {};
}

/** Name-value pairs as Rack nests them: `a[b]=1` is a hash, `a[]=1` a list. */
export function nest(pairs: Iterable<[string, string]>): Params {
  const params: Params = {};
  for (const [name, value] of pairs) {
    const [, outer, inner] = /^([^[]+)\[([^\]]*)\]$/.exec(name) ?? [];
    if (outer === undefined) params[name] = value;
    else if (inner === '') params[outer] = [...((params[outer] as string[] | undefined) ?? []), value];
    else params[outer] = { ...(params[outer] as Params | undefined), [inner!]: value };
  }
  return params;
}

function parseJson(words: string): Params {
  try {
    const value: unknown = JSON.parse(words);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Params) : {};
  } catch {
    throw error(400, 'message body does not match declared format');
  }
}

function* parts(body: string, contentType: string): Iterable<[string, string]> {
  const boundary = /boundary="?([^";]+)"?/i.exec(contentType)?.[1];
  if (boundary === undefined) return;
  for (const part of body.split(`--${boundary}`).slice(1, -1)) {
    const gap = part.indexOf('\r\n\r\n');
    const name = /name="([^"]*)"/i.exec(part.slice(0, gap))?.[1];
    if (name !== undefined) yield [name, Buffer.from(part.slice(gap + 4, -2), 'latin1').toString()];
  }
}
