import { usableLanguage } from './usable-language.js';

// Under a POSIX locale browsers name a language such as en-US@posix, which Intl refuses; the chart library formats with
// it while it loads, and the page would stay blank. To be imported before anything else.
const usable = usableLanguage(navigator.language);
if (usable !== navigator.language) Object.defineProperty(navigator, 'language', { value: usable });
