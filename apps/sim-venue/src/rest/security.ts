import { createHmac, timingSafeEqual } from 'node:crypto';
import { Refusal } from '../floor/refusal.js';
import type { Account } from '../spot/account.js';
import type { Ledger } from '../spot/ledger.js';
import { missing, type ParamRules, type Params } from './params.js';

const KEY_FORM = /^[A-Za-z0-9]{16,128}$/;
const DEFAULT_WINDOW = 5_000;
const LONGEST_WINDOW = 60_000;
const MAX_AHEAD = 1_000;

/** Who may call an endpoint. `USER_DATA` reads an account, `TRADE` changes it. */
export type Security = 'NONE' | 'USER_DATA' | 'TRADE';

export const SIGNED_RULES: ParamRules = {
  timestamp: { kind: 'integer', mandatory: true },
  recvWindow: { kind: 'decimal' },
  signature: { kind: 'text', mandatory: true },
};

/** @throws Refusal -2014 or -2015 */
export function accountOfKey(ledger: Ledger, apiKey: string | undefined, security: Security): Account {
  if (apiKey === undefined || !KEY_FORM.test(apiKey)) throw new Refusal(-2014, 'API-key format invalid.', 401);
  const account = ledger.accountByKey.get(apiKey);
  if (account === undefined || !isPermitted(account, security))
    throw new Refusal(-2015, 'Invalid API-key, IP, or permissions for action.', 401);
  return account;
}

function isPermitted({ restrictions }: Account, security: Security): boolean {
  if (security === 'TRADE') return restrictions.enableSpotAndMarginTrading;
  return restrictions.enableReading;
}

export interface TimeWindow {
  readonly timestamp: number;
  readonly recvWindow: number;
}

/** @throws Refusal -1131 for a window over 60 s, -1102 for a timestamp that is none */
export function timeWindow(params: Params): TimeWindow {
  const timestamp = Number(params.get('timestamp'));
  if (!Number.isSafeInteger(timestamp)) throw missing('timestamp');
  const recvWindow = Number(params.get('recvWindow') ?? DEFAULT_WINDOW);
  if (recvWindow > LONGEST_WINDOW) throw new Refusal(-1131, 'recvWindow must be less than 60000');
  return { timestamp, recvWindow };
}

/** @throws Refusal -1021 when the request comes from the future, or is older than its window */
export function checkTime({ timestamp, recvWindow }: TimeWindow, now: number): void {
  if (timestamp >= now + MAX_AHEAD)
    throw new Refusal(-1021, "Timestamp for this request was 1000ms ahead of the server's time.");
  if (now - timestamp > recvWindow)
    throw new Refusal(-1021, 'Timestamp for this request is outside of the recvWindow.');
}

/** The text a REST client signed: query string and body as received, without the signature itself. */
export function signedText(query: string, body: string): string {
  return withoutSignature(query) + withoutSignature(body);
}

function withoutSignature(part: string): string {
  if (!part.includes('signature=')) return part;
  return part
    .split('&')
    .filter((pair) => !pair.startsWith('signature='))
    .join('&');
}

/** @throws Refusal -1022 unless `signature` is the HMAC-SHA-256 of `text` in hex, in either case */
export function checkSignature(secret: string, text: string, signature: string): void {
  const expected = createHmac('sha256', secret).update(text).digest();
  const given = /^[0-9a-f]{64}$/i.test(signature) ? Buffer.from(signature, 'hex') : Buffer.alloc(32);
  if (!timingSafeEqual(expected, given) || signature.length !== 64)
    throw new Refusal(-1022, 'Signature for this request is not valid.');
}
