import { addMs, type BanScope, type CallVerdict, type EpochMs } from '#domain';
import type { ProtocolId } from './client-order-id.js';
import type { Cause, WireMeta } from './ports.js';

/** What one venue says when it turns a key, an address or everybody away; codes or beginnings of its texts. */
interface Refusals {
  readonly key: readonly string[];
  readonly maintenance: readonly string[];
  /** Codes that take the session away, not the address. */
  readonly session: readonly string[];
  /** Beside 418, which bans the address everywhere. */
  readonly banStatuses: readonly number[];
}

const NOTHING: Refusals = { key: [], maintenance: [], session: [], banStatuses: [] };

/** From the vendors' lists of error codes (venues.md A5, A8). */
const REFUSALS: Readonly<Record<ProtocolId, Refusals>> = {
  'binance-spot': { ...NOTHING, key: ['-2014', '-2015', '-1022'], maintenance: ['-1016'] },
  'binance-usdm': { ...NOTHING, key: ['-2014', '-2015', '-1022'], maintenance: ['-1016'] },
  okx: {
    ...NOTHING,
    key: ['50100', '50101', '50105', '50110', '50111', '50113', '50114', '50119'],
    maintenance: ['50001'],
  },
  bybit: { ...NOTHING, key: ['10003', '10004', '10010', '33004'], banStatuses: [403] },
  kraken: {
    ...NOTHING,
    key: ['EAPI:Invalid key', 'EAPI:Invalid signature', 'EGeneral:Permission denied'],
    maintenance: ['EService:Unavailable', 'EService:Market in cancel_only mode'],
  },
  coinbase: { ...NOTHING, key: ['PERMISSION_DENIED', 'UNAUTHENTICATED'] },
  deribit: { ...NOTHING, key: ['13004', '13009'], session: ['10028'], maintenance: ['13028', '11051'] },
  hyperliquid: NOTHING,
  ccxt: { ...NOTHING, banStatuses: [403] },
};

/** Of our own: nothing was asked of the venue, so nothing is learned of it. */
const OURS: ReadonlySet<string> = new Set([
  'BUDGET',
  'UNSUPPORTED',
  'SEND_BY_PASSED',
  'FENCE_PASSED',
  'UNKNOWN_SYMBOL',
  'NO_KEY',
  'TOO_MANY_PAGES',
  'NOT_HOLDER',
  'NO_NONCE',
]);

/** How long a ban is taken to last when the venue does not say. */
const BAN_MS = 120_000;

/** A failed call as the port tells it. */
export interface FailedCall {
  readonly why: Cause;
  readonly meta?: WireMeta;
  readonly retryAt?: EpochMs;
}

/**
 * What a call says of the account at its venue, beside its own outcome. Null: nothing, for the venue was not asked.
 * @param failure null for a call that succeeded
 */
export function callVerdict(protocol: ProtocolId, failure: FailedCall | null, now: EpochMs): CallVerdict | null {
  if (failure === null) return { kind: 'fine' };
  const { why, meta } = failure;
  if (OURS.has(why.code)) return null;
  const refusals = REFUSALS[protocol];
  const status = meta?.httpStatus;
  const codes = [meta?.venueCode ?? '', why.code, why.text];
  const says = (known: readonly string[]): boolean =>
    known.some((one) => codes[0] === one || codes[1] === one || (one.includes(':') && why.text.startsWith(one)));
  const reason = `${meta?.venueCode ?? why.code}: ${why.text}`;
  const banned = (scope: BanScope): CallVerdict => ({
    kind: 'banned',
    ban: { scope, until: failure.retryAt ?? addMs(now, BAN_MS), reason },
  });
  if (status === 418 || (status !== undefined && refusals.banStatuses.includes(status))) return banned('ip');
  if (says(refusals.session)) return banned('account');
  if (says(refusals.key) || status === 401) return { kind: 'key_refused', reason };
  if (says(refusals.maintenance)) return { kind: 'maintenance', reason };
  // A venue that answers, if only to refuse, works; one that is silent or cannot be read does not.
  const answered = status !== undefined && status < 500 && status !== 408 && why.code !== 'MALFORMED_REPLY';
  return { kind: answered ? 'fine' : 'failed' };
}
