import { FREE_OF_CANCELS_CEILINGS } from '#domain';
import type { ShippedLimit } from '../budget/venue-limits.js';

const MINUTE_MS = 60_000;
const CONFIRM_SEC = 3_600;

/** The limits that the vendor words alike for both of its products (venues.md B3): only names and figures differ. */
export interface BinanceRows {
  /** Refused calls end in a ban of the address. */
  ban(): ShippedLimit;
  /** Request weight, `limit` per address and minute. */
  weight(limit: number): ShippedLimit;
  /** New orders of an account in windows of the wall clock. */
  orders(count: OrderCount): ShippedLimit;
  /** Where the venue tells the figure in force, read again every hour. `select` is as in its list of limits. */
  confirm(select: string): NonNullable<ShippedLimit['confirm']>;
}

export interface OrderCount {
  readonly source: string;
  readonly limit: number;
  readonly windowMs: number;
  /** How header and id name the window, `10s`. */
  readonly window: string;
  readonly select: string;
  /** Orders that a first fill takes off the count. */
  readonly fillCredit?: number;
  /** How long to wait after a refusal that names no time, in s. */
  readonly waitSec?: number;
}

/**
 * @param prefix of the ids, `bs`
 * @param infoCall the call whose answer lists the limits
 */
export function binanceRows(prefix: string, venue: string, infoCall: string): BinanceRows {
  const confirm: BinanceRows['confirm'] = (select) => ({ call: infoCall, select, everySec: CONFIRM_SEC });
  return {
    confirm,
    ban: () => ({
      id: `${prefix}.ban`,
      venue,
      source: 'An address that keeps calling after 429 answers is banned with 418, for 2 minutes to 3 days.',
      scope: ['ip'],
      kind: 'ban',
      params: {},
      // The shortest ban the venue gives is two minutes.
      breach: [{ status: 418, then: 'retry_after', sec: 120 }],
    }),
    weight: (limit) => ({
      id: `${prefix}.weight`,
      venue,
      source: `Request weight: ${limit.toLocaleString('en-US')} per address and minute of the wall clock.`,
      scope: ['ip'],
      kind: 'fixed_window',
      params: { limit, windowMs: MINUTE_MS },
      read: [{ from: 'header', name: 'x-mbx-used-weight-1m', means: 'used' }],
      confirm: confirm('REQUEST_WEIGHT/MINUTE/1'),
      breach: [
        { status: 429, then: 'retry_after' },
        { status: 403, then: 'wait_window' },
      ],
    }),
    orders: ({ source, limit, windowMs, window, select, fillCredit, waitSec }) => ({
      id: `${prefix}.orders${window}`,
      venue,
      source,
      scope: ['account'],
      kind: 'fixed_window',
      params: { limit, windowMs, ...(fillCredit === undefined ? {} : { fillCredit }) },
      read: [{ from: 'header', name: `x-mbx-order-count-${window}`, means: 'used' }],
      confirm: confirm(select),
      ceilings: FREE_OF_CANCELS_CEILINGS,
      ordersOnly: true,
      breach: [{ code: '-1015', then: 'retry_after', ...(waitSec === undefined ? {} : { sec: waitSec }) }],
    }),
  };
}
