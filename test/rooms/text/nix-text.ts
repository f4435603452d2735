/** Reads one Nix string, quoted or indented, by the rules of Nix's manual; throws where a template is in it that is not `${"…"}`. */
export const nixText = (source: string): string =>
  source.startsWith('"') ? quoted(source.slice(1)) : indented(source.slice(2));

function quoted(rest: string): string {
  let text = '';
  for (let at = 0; ; at++) {
    const [sign = '', next = ''] = [rest[at], rest[at + 1]];
    if (sign === '"' && at === rest.length - 1) return text;
    if (sign === '"' || sign === '') throw new Error(`ends early: ${rest}`);
    if (sign === '$' && next === '{') throw new Error(`a template: ${rest}`);
    if (sign === '$' && next === '$') text += `$${rest[++at]}`;
    else if (sign === '\\') {
      text += { n: '\n', r: '\r', t: '\t' }[next] ?? next;
      at++;
    } else text += sign;
  }
}

// The two quotes that escape are found first, then the indentation of the lines is taken off.
function indented(rest: string): string {
  const parts: { text: string; isPlain: boolean }[] = [];
  const put = (text: string, isPlain: boolean) => parts.push({ text, isPlain });
  for (let at = 0; ; ) {
    const here = rest.slice(at);
    const template = /^\$\{"((?:[^"\\$]|\\.|\$(?!\{))*)"\}/.exec(here);
    if (here === "''") break;
    if (here.startsWith("'''")) [at] = [at + 3, put("''", false)];
    else if (here.startsWith("''$")) [at] = [at + 3, put('$', false)];
    else if (here.startsWith("''\\"))
      [at] = [at + 4, put({ n: '\n', r: '\r', t: '\t' }[here[3]!] ?? here[3]!, false)];
    else if (here.startsWith("''") || here === '') throw new Error(`ends early: ${rest}`);
    else if (here.startsWith('$$')) [at] = [at + 2, put('$$', true)];
    else if (template !== null) [at] = [at + template[0].length, put(quoted(`${template[1]}"`), false)];
    else if (here.startsWith('${')) throw new Error(`a template: ${rest}`);
    else [at] = [at + 1, put(here[0]!, true)];
  }
  return withoutIndentation(parts);
}

function withoutIndentation(parts: readonly { text: string; isPlain: boolean }[]): string {
  const marked = parts.map(({ text, isPlain }) =>
    isPlain ? text : text.replace(/[ \n]/g, (one) => (one === ' ' ? '\0' : '\x01')),
  );
  const lines = marked.join('').replace(/^ *\n/, '').split('\n');
  const last = lines.length - 1;
  const counted = lines.filter((line) => /[^ ]/.test(line)).map((line) => /^ */.exec(line)![0].length);
  const least = Math.min(...counted);
  const cut = lines.map((line, at) => (at === last && /^ *$/.test(line) ? '' : line.slice(least)));
  return cut.join('\n').replaceAll('\0', ' ').replaceAll('\x01', '\n');
}
