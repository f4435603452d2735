declare module '@iarna/toml/lib/toml-parser.js' {
  /** The state machine behind `parse`: only what parse.ts leans on. */
  export default class TomlParser {
    ii: number;
    state: { buf: string };
    parse(text: string): void;
    finish(): object;
    parseValue(): unknown;
    return(value?: unknown): void;
    recordAssignKeyword(key: string): unknown;
    parseTableMore(key: string): unknown;
    parseListMore(key: string): unknown;
    error(error: Error): Error;
  }
}
