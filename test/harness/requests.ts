/** What the stand-in server remembers of one request. */
export type Request = { method: string; path: string; body: unknown };

/**
 * One line for a request: method, path, body as compact JSON with sorted keys. The runner's `info` is shortened to
 * "…" or, with `showInfo`, shown without what depends on the machine and the release.
 */
export function requestLine({ method, path, body }: Request, showInfo: boolean): string {
  const value = typeof body === 'string' ? readJson(body) : body;
  if (value === undefined || value === '') return `${method} ${path}\n`;
  return `${method} ${path} ${JSON.stringify(inOrder(value, showInfo))}\n`;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function inOrder(value: unknown, showInfo: boolean): unknown {
  if (Array.isArray(value)) return value.map((item) => inOrder(item, showInfo));
  if (typeof value !== 'object' || value === null) return value;
  const keys = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(
    keys.map(([key, item]) => [key, key === 'info' ? shortInfo(item, showInfo) : inOrder(item, showInfo)]),
  );
}

function shortInfo(info: unknown, showInfo: boolean): unknown {
  if (!showInfo) return '…';
  const machine = {
    version: '{{version}}',
    revision: '{{revision}}',
    platform: '{{platform}}',
    architecture: '{{architecture}}',
  };
  const present = Object.entries(machine).filter(([key]) => key in Object(info));
  return inOrder({ ...Object(info), ...Object.fromEntries(present) }, true);
}
