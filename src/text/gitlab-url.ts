/** Takes an address; gives the form to compare and to build on: host in lower case, no default port, no trailing slash, one `/ci` less, as gitlab-runner does. Text that is no address comes back trimmed. */
export function normaliseUrl(text: string): string {
  const url = urlIn(text);
  if (url === undefined) return text.trim();
  last.normal ??= normalForm(url);
  return last.normal;
}

function normalForm({ protocol, host, pathname }: URL): string {
  const path = pathname.replace(/\/+$/, '').replace(/\/ci$/, '').replace(/\/+$/, '');
  return `${protocol}//${host}${path}`;
}

/** Takes a text; gives the address that it is, for reading only, or nothing where it is none. */
export function urlIn(text: string): URL | undefined {
  if (text !== last.text) last = { text, url: URL.canParse(text) ? new URL(text) : undefined };
  return last.url;
}

// Thousands of runners have the same one, and each is asked for it several times.
let last: { readonly text: string; readonly url: URL | undefined; normal?: string } = {
  text: '',
  url: undefined,
};
