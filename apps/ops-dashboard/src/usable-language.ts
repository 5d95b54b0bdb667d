const FALLBACK = 'en-US';

/** The tag itself if numbers and dates can be formatted in it, else American English. */
export function usableLanguage(tag: string): string {
  try {
    new Intl.NumberFormat(tag);
    return tag;
  } catch {
    return FALLBACK;
  }
}
