import { ApiFailure, Unreachable } from '../api/api-client.js';
import type { KeyRefusal, KeySubmission } from '../api/types.js';
import { problemText } from './account-words.js';

/** What a venue calls the parts of its key; null where it has no passphrase. */
export interface KeyParts {
  readonly apiKey: string;
  readonly apiSecret: string;
  readonly passphrase: string | null;
}

const USUAL: KeyParts = { apiKey: 'API key', apiSecret: 'Secret', passphrase: null };
const BY_VENUE: Readonly<Record<string, KeyParts>> = {
  okx: { ...USUAL, passphrase: 'Passphrase' },
  coinbase: { ...USUAL, apiKey: 'Key name', apiSecret: 'Private key (PEM)' },
  deribit: { ...USUAL, apiKey: 'Client id', apiSecret: 'Client secret' },
  hyperliquid: { ...USUAL, apiKey: 'Account address', apiSecret: 'Private key of the API wallet' },
};

export function keyPartsOf(venue: string): KeyParts {
  return BY_VENUE[venue] ?? USUAL;
}

/** A field of one line drops line ends; in a key in PEM they matter, so they are written as `\n`, as the server takes them. */
export function onOneLine(pasted: string): string {
  return pasted.trim().replaceAll(/\r?\n/g, String.raw`\n`);
}

/** What was typed of a key. */
export interface KeyEntry {
  readonly apiKey: string;
  readonly apiSecret: string;
  readonly passphrase: string | null;
  /** Venue symbols, separated by commas or spaces; empty: all. */
  readonly instruments: string;
}

/** The text of the request. Nothing is judged here: the server has the rules. */
export function keyRequest({ apiKey, apiSecret, passphrase, instruments }: KeyEntry): string {
  const symbols = instruments.split(/[\s,;]+/).filter((symbol) => symbol !== '');
  return JSON.stringify({
    api_key: apiKey,
    api_secret: apiSecret,
    ...(passphrase === null ? {} : { passphrase }),
    ...(symbols.length === 0 ? {} : { instruments: symbols }),
  });
}

/** The server's texts beside their fields; what has no field of the form on top. */
export interface FormMessages {
  readonly top: readonly string[];
  readonly fields: Readonly<Record<string, readonly string[]>>;
}

export const NO_MESSAGES: FormMessages = { top: [], fields: {} };

/** @param known fields that the form shows */
export function messagesOf(error: unknown, known: readonly string[]): FormMessages {
  if (!(error instanceof ApiFailure)) return { top: [problemText(error)], fields: {} };
  const entries = Object.entries(error.errors);
  const fields = Object.fromEntries(entries.filter(([field]) => known.includes(field)));
  const others = entries.filter(([field]) => !known.includes(field)).flatMap(([, texts]) => texts);
  return { top: entries.length === 0 ? [problemText(error)] : others, fields };
}

export const KEY_FIELDS = ['api_key', 'api_secret', 'passphrase', 'instruments'];

export type KeyOutcome =
  /** By one venue of the account at least. */
  | { readonly kind: 'accepted'; readonly refused: readonly KeyRefusal[] }
  | { readonly kind: 'refused'; readonly messages: FormMessages }
  /** Nobody waits any longer; the verdict shows in the list of keys. */
  | { readonly kind: 'open' };

interface KeyApi {
  enterKey(account: string, body: string): Promise<KeySubmission>;
  keySubmission(account: string, id: string): Promise<KeySubmission>;
}

const MOST_LOOKS = 180;
const UNKNOWN =
  'No answer: it is not known whether the key was taken. Look at the keys of this account before you enter it again.';

/**
 * Hands in a key and waits for the gateway's verdict.
 * @param request as of {@link keyRequest}
 * @param wait resolves when it is time to look again, with false when nobody wants to know any more
 */
export async function enterKey(
  api: KeyApi,
  account: string,
  request: string,
  wait: () => Promise<boolean>,
): Promise<KeyOutcome> {
  let submission: KeySubmission;
  try {
    submission = await api.enterKey(account, request);
  } catch (error) {
    const messages = error instanceof Unreachable ? { top: [UNKNOWN], fields: {} } : messagesOf(error, KEY_FIELDS);
    return { kind: 'refused', messages };
  }
  for (let look = 0; submission.outcome === 'waiting'; look += 1) {
    if (look === MOST_LOOKS || !(await wait())) return { kind: 'open' };
    try {
      submission = await api.keySubmission(account, submission.submission_id);
    } catch (error) {
      // The key is with the gateway: an API that is away for a while changes nothing about its verdict.
      const isAway = error instanceof Unreachable || (error instanceof ApiFailure && error.isOutage);
      if (!isAway) return { kind: 'refused', messages: messagesOf(error, KEY_FIELDS) };
    }
  }
  return { kind: 'accepted', refused: submission.refused ?? [] };
}

/** What the form says of a key that was taken, and of the venues that did not take it. */
export function acceptedTexts(refused: readonly KeyRefusal[]): {
  readonly note: string;
  readonly messages: FormMessages;
} {
  const top = refused.map(({ venue, text }) => `Not taken at ${venue}: ${text}`);
  return {
    note: refused.length === 0 ? 'Key accepted.' : 'Key accepted, but not at every venue of the account.',
    messages: { top, fields: {} },
  };
}
