import { visible } from './sanitize.ts';

/** A text as a quoted YAML scalar, whatever is in it: JSON's form, with the ends of lines that YAML has beyond JSON's escaped. */
export const quotedYaml = (text: string): string => visible(JSON.stringify(text));

/** A text as a YAML scalar, quoted where YAML could take it for something else. */
export const yamlScalar = (text: string): string =>
  /^[a-zA-Z/][\w./:-]*$/.test(text) &&
  !/^(y|n|yes|no|on|off|true|false|null)$/i.test(text) &&
  !text.endsWith(':')
    ? text
    : quotedYaml(text);
