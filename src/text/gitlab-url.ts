/** Takes an address; gives the form to compare and to build on: host in lower case, no default port, no trailing slash, one `/ci` less, as gitlab-runner does. Text that is no address comes back trimmed. */
export function normaliseUrl(url: string): string {
  if (!URL.canParse(url)) return url.trim();
  const { protocol, host, pathname } = new URL(url);
  const path = pathname.replace(/\/+$/, '').replace(/\/ci$/, '').replace(/\/+$/, '');
  return `${protocol}//${host}${path}`;
}
