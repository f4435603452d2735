import { isTexts, jsonList, parseJson } from './json.ts';
import { type Kind, Unfit, type Value, whole, yesNo } from './kinds.ts';

interface MapForm<T extends Value> {
  readonly hint: string;
  /** Where a pair is cut; tolerations hold `=` in their keys, so they are cut at the colon only. */
  readonly cut?: RegExp;
  /** One more word for a key that may have a value already. */
  value(word: string | undefined, before: T | undefined): T;
  word(value: T): string[];
}

function mapOf<T extends Value>(form: MapForm<T>): Kind<Readonly<Record<string, T>>> {
  return {
    name: 'map',
    hint: form.hint,
    read(words) {
      const found = new Map<string, T>();
      for (const [key, word] of words.flatMap((one) => pairsOf(one, form.cut ?? /[:=]/))) {
        if (key === '') throw new Unfit(form.hint);
        // Such keys reach into JavaScript's own objects; config.toml with one would be refused on the next run.
        if (key in Object.prototype)
          throw new Unfit(`a map whose keys this program can keep (${key} it cannot)`);
        found.set(key, form.value(word, found.get(key)));
      }
      return Object.fromEntries(found);
    },
    write: (value) =>
      Object.entries(value).flatMap(([key, one]) => form.word(one).map((word) => `${key}:${word}`)),
  };
}

/** A kind for maps of text: `key=value`, `key:value` or a JSON object. */
export const textMap = (hint = 'KEY=VALUE', cut?: RegExp): Kind<Readonly<Record<string, string>>> =>
  mapOf<string>({ hint, ...(cut && { cut }), value: (word) => word ?? '', word: (value) => [value] });

/** A kind for maps of switches; a key alone means true. */
export const yesNoMap = (hint: string): Kind<Readonly<Record<string, boolean>>> =>
  mapOf<boolean>({ hint, value: (word) => yesNo().read([word ?? '']), word: (value) => [String(value)] });

/** A kind for maps of whole numbers. */
export const wholeMap = (hint: string): Kind<Readonly<Record<string, number>>> =>
  mapOf<number>({ hint, value: (word) => whole().read([word ?? '']), word: (value) => [String(value)] });

/** A kind for maps of lists: a key given again gains one more element. */
export const listMap = (hint: string): Kind<Readonly<Record<string, readonly string[]>>> =>
  mapOf<readonly string[]>({
    hint,
    value: (word, before = []) => [...before, ...(jsonList(word ?? '') ?? [word ?? ''])],
    word: (value) => [...value],
  });

/** A kind for the host aliases of Kubernetes pods: the JSON array that gitlab-runner takes. */
export function hostAliases(): Kind<
  readonly { readonly ip: string; readonly hostnames: readonly string[] }[]
> {
  const right = `JSON such as [{"ip":"10.0.0.1","hostnames":["gitlab.local"]}]`;
  return {
    name: 'json',
    hint: 'JSON',
    read(words) {
      const parsed = parseJson(words.at(-1) ?? '');
      if (!Array.isArray(parsed)) throw new Unfit(right);
      return parsed.map((one: unknown) => {
        const { ip, hostnames = [] } = (one ?? {}) as { ip?: unknown; hostnames?: unknown };
        if (typeof ip !== 'string' || !isTexts(hostnames)) throw new Unfit(right);
        return { ip, hostnames };
      });
    },
    write: (value) => [JSON.stringify(value)],
  };
}

function pairsOf(word: string, cut: RegExp): [string, string | undefined][] {
  const object = word.startsWith('{') ? parseJson(word) : undefined;
  if (object !== null && typeof object === 'object' && !Array.isArray(object)) {
    return Object.entries(object).flatMap(([key, value]) =>
      isTexts(value)
        ? value.map((one): [string, string] => [key, one])
        : [[key, String(value)] as [string, string]],
    );
  }
  const at = word.search(cut);
  return [at < 0 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)]];
}
