import { createHmac, timingSafeEqual, verify } from 'node:crypto';
import type { Customer } from '../accounts/customer.js';
import type { Customers } from '../accounts/customers.js';
import { Refusal } from '../floor/refusal.js';
import { missing, type ParamRules, type Params } from './params.js';

const KEY_FORM = /^[A-Za-z0-9]{16,128}$/;
const DEFAULT_WINDOW = 5_000;
const LONGEST_WINDOW = 60_000;
const MAX_AHEAD = 1_000;
const FIRST_MICROSECONDS = 1e15;

/**
 * Who may call an endpoint. `USER_DATA` reads an account and `TRADE` changes it, both signed; `USER_STREAM` needs a
 * known key and no signature.
 */
export type Security = 'NONE' | 'USER_STREAM' | 'USER_DATA' | 'TRADE';

/** Of a call on a connection that is logged on. */
export const SESSION_RULES: ParamRules = {
  timestamp: { kind: 'integer', mandatory: true },
  recvWindow: { kind: 'decimal' },
};

export const SIGNED_RULES: ParamRules = {
  ...SESSION_RULES,
  signature: { kind: 'text', mandatory: true },
};

/** @throws Refusal -2014 for a key of the wrong form, -2015 for one that is unknown or `mayCall` refuses */
export function customerOfKey(
  customers: Customers,
  apiKey: string | undefined,
  mayCall: (customer: Customer) => boolean,
): Customer {
  if (apiKey === undefined || !KEY_FORM.test(apiKey)) throw new Refusal(-2014, 'API-key format invalid.', 401);
  const customer = customers.byKey.get(apiKey);
  if (customer === undefined || !mayCall(customer)) throw invalidKey();
  return customer;
}

/** What a key that is unknown, or may not do this, is told. */
export function invalidKey(): Refusal {
  return new Refusal(-2015, 'Invalid API-key, IP, or permissions for action.', 401);
}

/** In ms, with parts of one. */
export interface TimeWindow {
  readonly timestamp: number;
  readonly recvWindow: number;
}

/** @throws Refusal -1131 for a window over 60 s, -1102 for a timestamp that is none */
export function timeWindow(params: Params): TimeWindow {
  const sent = Number(params.get('timestamp'));
  if (!Number.isSafeInteger(sent)) throw missing('timestamp');
  // Clients may count in microseconds; no millisecond has that many digits for 30,000 years.
  const timestamp = sent >= FIRST_MICROSECONDS ? sent / 1_000 : sent;
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
  const at = part.startsWith('signature=') ? 0 : part.indexOf('&signature=');
  if (at === -1) return part;
  if (!part.includes('&', at + 1)) return part.slice(0, at);
  return part
    .split('&')
    .filter((pair) => !pair.startsWith('signature='))
    .join('&');
}

/**
 * @param text what the client signed
 * @throws Refusal -1022 unless `signature` is the HMAC-SHA-256 of `text` in hex, in either case; or, for an Ed25519 key,
 *   its signature in base64
 */
export function checkSignature({ apiSecret, publicKey }: Customer, text: string, signature: string): void {
  const isGood =
    publicKey === null
      ? isHmac(apiSecret, text, signature)
      : verify(null, Buffer.from(text), publicKey, Buffer.from(signature, 'base64'));
  if (!isGood) throw new Refusal(-1022, 'Signature for this request is not valid.');
}

function isHmac(secret: string, text: string, signature: string): boolean {
  const expected = createHmac('sha256', secret).update(text).digest();
  const isHex = /^[0-9a-f]{64}$/i.test(signature);
  const given = isHex ? Buffer.from(signature, 'hex') : Buffer.alloc(32);
  return timingSafeEqual(expected, given) && isHex;
}
