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

/** Takes what stands where an address belongs; gives the words for `edit` that set the one it seems to mean, else a placeholder, which `--url` refuses. */
export function urlCorrection(text: string): string[] {
  const bare = text.replace(/^["'`]+|["'`]+$/g, '').replace(/^\w*:?\/\//, '');
  return URL.canParse(`https://${bare}`) ? ['--set', `url=https://${bare}`] : ['--url', 'URL'];
}

// Thousands of runners have the same one, and each is asked for it several times.
let last: { readonly text: string; readonly url: URL | undefined; normal?: string } = {
  text: '',
  url: undefined,
};
