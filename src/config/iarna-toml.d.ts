declare module '@iarna/toml/lib/toml-parser.js' {
  /** The state machine behind `parse`: only what parse.ts leans on. */
  export default class TomlParser {
    ii: number;
    char: number;
    obj: object;
    ctx: object;
    state: { buf: string; resultTable: readonly string[] | null };
    stack: readonly unknown[];
    parse(text: string): void;
    finish(): object;
    parseStart(): unknown;
    parseValue(): unknown;
    parseAssignStatement(): unknown;
    recordAssignStatement(pair: { key: string[]; value: unknown }): unknown;
    parseTable(): unknown;
    parseList(): unknown;
    parseOnlyTimeFractionMaybe(): unknown;
    return(value?: unknown): void;
    returnNow(value: unknown): unknown;
    recordAssignKeyword(key: string): unknown;
    parseTableMore(key: string): unknown;
    parseListMore(key: string): unknown;
    error(error: Error): Error;
  }
}
