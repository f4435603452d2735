/** Takes text of a server; gives one line without control or direction characters, shortened to `longest` characters. */
export function harmless(text: string, longest = 300): string {
  if (text.length <= longest && plainWords.test(text)) return text;
  const line = text
    .replace(/\u001b\[[0-?]*[ -/]*[@-~]/g, '')
    .replace(/[\s\u2028\u2029]+/g, ' ')
    .replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/gu, '\ufffd')
    .trim();
  const letters = [...line];
  return letters.length > longest ? `${letters.slice(0, longest - 1).join('')}…` : line;
}

// Most texts are of this program, and have nothing that would have to be replaced.
const plainWords = /^[!-~]+(?: [!-~]+)*$/;

/**
 * Makes the control and direction characters of a text visible, such as `\u001b`, so that text of others cannot steer a
 * terminal. Ends of lines and tabs stay.
 */
export const visible = (text: string): string =>
  text.replace(controls, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

const controls =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\r(?!\n|$)/g;
