import { quote } from '../../text/shell-quote.ts';
import type { Command, SigningKey } from './package-manager.ts';

/** The command that writes a file of these lines. */
export const writeLines = (lines: readonly string[], file: string): Command => [
  'sh',
  '-c',
  `printf '%s\\n' ${lines.map(quote).join(' ')} > ${file}`,
];

/** The commands that put a checked key where it is kept. */
export const keepKey = ({ draft }: SigningKey, file: string): readonly Command[] => [
  ['install', '-m', '644', draft, file],
  ['rm', draft],
];
