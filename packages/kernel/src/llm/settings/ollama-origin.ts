/** The address of OLLAMA_HOST, in the forms that Ollama itself takes: `host`, `host:port`, `:port`, a URL. */
export function ollamaOrigin(host: string | undefined): string {
  const trimmed = host?.trim() ?? '';
  const withScheme = /^https?:\/\//.test(trimmed) ? trimmed : `http://${trimmed || '127.0.0.1:11434'}`;
  const url = URL.parse(withScheme.replace(/\/\/:/, '//127.0.0.1:'));
  if (url === null) return 'http://127.0.0.1:11434';
  if (url.hostname === '0.0.0.0' || url.hostname === '[::]') url.hostname = '127.0.0.1';
  const portMissing = url.port === '' && !/^https?:\/\//.test(trimmed);
  if (portMissing && !/:80$/.test(trimmed)) url.port = '11434';
  return url.origin;
}
