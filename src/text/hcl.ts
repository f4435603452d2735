/** A text as a quoted HCL string, whatever is in it: quotes, control characters, and what begins a template are escaped. */
export const quotedHcl = (text: string): string =>
  `"${inHeredoc(text.replace(/[\\"\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, escapeOne))}"`;

function escapeOne(character: string): string {
  const short = { '\\': '\\\\', '"': '\\"', '\n': '\\n', '\r': '\\r', '\t': '\\t' }[character];
  return short ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** A text as the inside of a heredoc, which has no escapes but those of templates; a template of our own may follow it. */
export const inHeredoc = (text: string): string =>
  text.replace(/([$%])(?=\{)/g, '$1$1').replace(/[$%]+$/, (signs) => `\${"${signs}"}`);
