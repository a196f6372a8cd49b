/**
 * Chromium hands unknown schemes to the operating system before anybody can answer them. So `app://bundle/x` travels as
 * `https://bundle.app.invalid/x`, and whatever the app gets to see is mapped back. `.invalid` never resolves (RFC 2606).
 */
export class SchemeUrls {
  readonly #isHandled: (scheme: string) => boolean;

  constructor(isHandled: (scheme: string) => boolean) {
    this.#isHandled = isHandled;
  }

  /** For Chromium. */
  toPage(url: string): string {
    const match = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]+)(.*)$/iu.exec(url);
    const [, scheme = '', host = '', rest = ''] = match ?? [];
    if (!this.#isHandled(scheme)) return url;
    return `https://${host}.${scheme}.invalid${rest === '' ? '/' : rest}`;
  }

  /** For the app. */
  toApp(url: string): string {
    const match = /^https:\/\/(.+)\.([a-z][a-z0-9+-]*)\.invalid(\/.*)?$/iu.exec(url);
    const [, host = '', scheme = '', rest = '/'] = match ?? [];
    return this.#isHandled(scheme) ? `${scheme}://${host}${rest}` : url;
  }
}
