import { describe, expect, it } from '@jest/globals';
import { usableLanguage } from './usable-language.js';

describe('language of the page', () => {
  it.each([
    ['de-DE', 'de-DE'],
    ['en', 'en'],
    ['en-US@posix', 'en-US'],
    ['', 'en-US'],
  ])('takes %p as %p', (tag, expected) => {
    expect(usableLanguage(tag)).toBe(expected);
  });
});
