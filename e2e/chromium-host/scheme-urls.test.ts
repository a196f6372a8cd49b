import { describe, expect, it } from 'vitest';
import { SchemeUrls } from './scheme-urls.ts';

const urls = new SchemeUrls((scheme) => scheme === 'app');

describe('SchemeUrls', () => {
  it.each([
    ['app://bundle/index.html?x=1#top', 'https://bundle.app.invalid/index.html?x=1#top'],
    ['app://bundle', 'https://bundle.app.invalid/'],
  ])('maps %s to %s', (inApp, inPage) => {
    expect(urls.toPage(inApp)).toBe(inPage);
    expect(urls.toApp(inPage)).toBe(inApp === 'app://bundle' ? 'app://bundle/' : inApp);
  });

  it.each([
    'https://example.invalid/',
    'https://bundle.other.invalid/',
    'about:blank',
    'file:///a',
  ])('leaves %s alone', (url) => {
    expect(urls.toPage(url)).toBe(url);
    expect(urls.toApp(url)).toBe(url);
  });
});
