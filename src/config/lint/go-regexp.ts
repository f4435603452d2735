/** Says whether Go's regexp package reads a pattern (RE2 syntax: no look-around, no back references, bounded repetition). */
export function isGoPattern(pattern: string): boolean {
  try {
    new Reader(pattern).read();
    return true;
  } catch (error) {
    if (error instanceof Unreadable) return false;
    throw error;
  }
}

class Unreadable extends Error {}

/** How often the most repeated piece of something is repeated; Go allows a thousand times. */
type Times = number;

const most = 1000;

class Reader {
  readonly #pattern: string;
  #at = 0;
  #depth = 0;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  read(): void {
    this.#alternatives();
    if (this.#at < this.#pattern.length) throw new Unreadable();
  }

  #alternatives(): Times {
    const times = [this.#sequence()];
    while (this.#takes(/\|/y) !== undefined) times.push(this.#sequence());
    return Math.max(...times);
  }

  #sequence(): Times {
    const pieces: Times[] = [];
    for (let wasRepeated = false; this.#at < this.#pattern.length && !this.#isAt(/[|)]/y); ) {
      const how = this.#repetition();
      if (how === undefined) {
        const times = this.#piece();
        if (times !== undefined) pieces.push(times);
        wasRepeated = false;
      } else {
        if (pieces.length === 0 || wasRepeated) throw new Unreadable();
        pieces.push(repeated(pieces.pop()!, how));
        wasRepeated = true;
      }
    }
    return Math.max(1, ...pieces);
  }

  /** The highest count of a repetition, 1 for those without; nothing where there is none. A brace may stand for itself. */
  #repetition(): Times | undefined {
    if (this.#takes(/[*+?]\??/y) !== undefined) return 1;
    const [, from, comma, to] = this.#takes(/\{(0|[1-9]\d*)(?:(,)(0|[1-9]\d*)?)?\}\??/y) ?? [];
    if (from === undefined) return undefined;
    const min = Number(from);
    const max = comma === undefined || to === undefined ? min : Number(to);
    if (max > most || max < min) throw new Unreadable();
    return max;
  }

  /** One thing that can be repeated; nothing for flags, which are none. */
  #piece(): Times | undefined {
    if (this.#isAt(/\(/y)) return this.#group();
    if (this.#takes(/\\Q/y) !== undefined) {
      const [, text] = this.#takes(/([\s\S]*?)(?:\\E|$)/y)!;
      return text === '' ? undefined : 1;
    }
    if (this.#takes(/\[\^?/y) !== undefined) this.#bracket();
    else if (this.#isAt(/\\/y)) this.#escape(/\\[AbBz]/y);
    else this.#takes(/[\s\S]/uy);
    return 1;
  }

  #group(): Times | undefined {
    if (this.#takes(/\(\?(?:[imsU]*|[imsU]*-[imsU]+)\)/y) !== undefined) return undefined;
    if (this.#takes(/\(\?(?:P?<\w+>|[imsU]*:|[imsU]*-[imsU]+:)/y) === undefined) {
      if (this.#isAt(/\(\?/y)) throw new Unreadable();
      this.#at++;
    }
    if (++this.#depth > most) throw new Unreadable();
    const times = this.#alternatives();
    if (this.#takes(/\)/y) === undefined) throw new Unreadable();
    this.#depth--;
    return times;
  }

  #bracket(): void {
    for (let isFirst = true; isFirst || !this.#isAt(/\]/y); isFirst = false) {
      if (this.#at >= this.#pattern.length) throw new Unreadable();
      const set = this.#takes(/\[:(\^?\w*):\]|\[:[\s\S]*?:\]/y);
      if (set !== undefined && !posix.has(set[1]?.replace('^', '') ?? '')) throw new Unreadable();
      if (set === undefined && !this.#class()) this.#range();
    }
    this.#at++;
  }

  #range(): void {
    const from = this.#character();
    if (!this.#isAt(/-[^\]]/y)) return;
    this.#at++;
    if (this.#character() < from) throw new Unreadable();
  }

  /** The number of one character in brackets. */
  #character(): number {
    if (this.#isAt(/\\/y)) return this.#escape();
    const [sign] = this.#takes(/[\s\S]/uy) ?? [];
    if (sign === undefined) throw new Unreadable();
    return sign.codePointAt(0)!;
  }

  #class(): boolean {
    if (this.#takes(/\\[dDsSwW]/y) !== undefined) return true;
    const [, name] =
      this.#takes(/\\[pP](?:\{\^?([^}]*)\}|(?!\{)([\s\S]))/uy)?.filter((one) => one !== undefined) ?? [];
    if (name === undefined) return false;
    if (!isUnicodeClass(name)) throw new Unreadable();
    return true;
  }

  /** The number of an escaped character; -1 for what is more than one, such as a class or what `others` finds. */
  #escape(others?: RegExp): number {
    if (others !== undefined && (this.#takes(others) !== undefined || this.#class())) return -1;
    const octal = this.#takes(/\\(0[0-7]{0,2}|[1-7][0-7]{1,2})/y);
    if (octal !== undefined) return Number.parseInt(octal[1]!, 8);
    const hex = this.#takes(/\\x(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]+)\})/y);
    if (hex !== undefined) return inUnicode(Number.parseInt(hex[1] ?? hex[2]!, 16));
    const [, letter] = this.#takes(/\\([afnrtv]|[!-/:-@[-`{-~\u0000-\u0020\u007f])/y) ?? [];
    if (letter === undefined) throw new Unreadable();
    return controls[letter] ?? letter.charCodeAt(0);
  }

  #takes(what: RegExp): RegExpExecArray | undefined {
    what.lastIndex = this.#at;
    const found = what.exec(this.#pattern);
    if (found === null) return undefined;
    this.#at = what.lastIndex;
    return found;
  }

  #isAt(what: RegExp): boolean {
    what.lastIndex = this.#at;
    return what.test(this.#pattern);
  }
}

const controls: Readonly<Record<string, number>> = { a: 7, f: 12, n: 10, r: 13, t: 9, v: 11 };

function repeated(times: Times, how: Times): Times {
  const product = times * Math.max(how, 1);
  if (product > most) throw new Unreadable();
  return product;
}

function inUnicode(code: number): number {
  if (code > 0x10ffff) throw new Unreadable();
  return code;
}

const posix: ReadonlySet<string> = new Set(
  'alnum alpha ascii blank cntrl digit graph lower print punct space upper word xdigit'.split(' '),
);

// Go knows the general categories and the scripts.
function isUnicodeClass(name: string): boolean {
  return name === 'Any' || ['gc', 'Script'].some((kind) => isKnown(`\\p{${kind}=${name}}`));
}

function isKnown(source: string): boolean {
  try {
    return new RegExp(source, 'u').source !== '';
  } catch {
    return false;
  }
}
