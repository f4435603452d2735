/** Gives out names of which no two are the same; those that are taken from the beginning are not given out. */
export class Names {
  readonly #taken: Set<string>;
  readonly #joint: string;
  readonly #counts = new Map<string, number>();
  constructor(joint: string, taken: Iterable<string> = []) {
    this.#joint = joint;
    this.#taken = new Set(taken);
  }

  /** The name that is wanted, or that with a number behind it. */
  next(name: string): string {
    for (let count = this.#counts.get(name) ?? 1; ; count++) {
      const tried = count === 1 ? name : `${name}${this.#joint}${count}`;
      if (this.#taken.has(tried)) continue;
      this.#taken.add(tried);
      this.#counts.set(name, count + 1);
      return tried;
    }
  }
}
