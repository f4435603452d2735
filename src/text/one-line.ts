import { exitCode, Trouble } from '../errors.ts';
import { visible } from './sanitize.ts';

/** Takes the name of a flag or variable, what is wrong with it, and the format that cannot hold that; throws the `Trouble` of wrong use. */
export function refuseValue(name: string, fault: string, format: string): never {
  throw new Trouble(`${name}: ${fault}, which ${format} does not support.`, {
    hint: `Use another value for ${name.split(' ')[0]}.`,
    code: exitCode.usage,
  });
}

/**
 * Takes a value that is to be part of a line as it is, the name of its flag or variable, and the format in words; gives
 * the value. Throws the `Trouble` of wrong use when it has a line break or another control character.
 */
export function inOneLine(word: string, name: string, format: string): string {
  if (/[\n\r]/.test(word)) refuseValue(name, 'the value has a line break', format);
  if (visible(word) !== word) refuseValue(name, 'the value has a control character', format);
  return word;
}
