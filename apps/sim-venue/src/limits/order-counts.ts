import { Refusal } from '../floor/refusal.js';
import { NO_FOREIGN_USE, type ForeignUse } from './foreign-use.js';
import type { Limits } from './request-limits.js';
import { Window } from './window.js';

const TAKER_CREDIT = 1;
const MAKER_CREDIT = 5;

/** One of the spans over which orders are counted. */
interface Span {
  readonly limit: 'ordersPer10Seconds' | 'ordersPerMinute' | 'ordersPerDay';
  readonly lengthMs: number;
  /** End of the header's name. */
  readonly suffix: string;
  readonly interval: string;
  readonly intervalNum: number;
}

const SPANS: readonly Span[] = [
  { limit: 'ordersPer10Seconds', lengthMs: 10_000, suffix: '10S', interval: 'SECOND', intervalNum: 10 },
  { limit: 'ordersPerMinute', lengthMs: 60_000, suffix: '1M', interval: 'MINUTE', intervalNum: 1 },
  { limit: 'ordersPerDay', lengthMs: 86_400_000, suffix: '1D', interval: 'DAY', intervalNum: 1 },
];

/** The vendor's description of one order limit. */
export interface OrderLimit {
  readonly rateLimitType: 'ORDERS';
  readonly interval: string;
  readonly intervalNum: number;
  readonly limit: number;
}

export interface OrderCount extends OrderLimit {
  readonly count: number;
  /** `10S`, `1M` or `1D`, the end of the header's name. */
  readonly suffix: string;
}

/**
 * Orders per account. On spot only unfilled ones count: a placement adds one, an order's first fill takes off one
 * (taker) or five (maker).
 */
export class OrderCounts {
  readonly #accounts = new Map<number, readonly Window[]>();

  constructor(
    private readonly limits: Limits,
    private readonly foreign: ForeignUse = NO_FOREIGN_USE,
  ) {}

  /**
   * @param orders how many are to be placed
   * @throws Refusal 429 -1015 when the account may not place so many now
   */
  check(account: number, now: number, orders = 1): void {
    const windows = this.#windows(account);
    const foreign = this.foreign.orders(account, true);
    SPANS.forEach((span, i) => {
      const limit = this.limits[span.limit];
      const window = windows[i] as Window;
      if (limit !== null && window.used(now) + foreign + orders > limit)
        throw tooManyOrders(limit, `${span.intervalNum} ${span.interval}`, window.secondsLeft(now));
    });
  }

  placed(account: number, now: number, orders = 1): void {
    for (const window of this.#windows(account)) window.add(now, orders);
  }

  /**
   * Checks orders and counts them at once, so that no others can take their place while they wait.
   *
   * @returns takes them off again, where they were counted
   * @throws Refusal as {@link check}; nothing is counted then
   */
  reserve(account: number, now: number, orders = 1): () => void {
    this.check(account, now, orders);
    this.placed(account, now, orders);
    const windows = this.#windows(account);
    return () => {
      for (const window of windows) window.giveBack(now, orders);
    };
  }

  firstFill(account: number, isMaker: boolean, now: number): void {
    for (const window of this.#windows(account)) window.add(now, isMaker ? -MAKER_CREDIT : -TAKER_CREDIT);
  }

  /** What is counted now, shortest span first. */
  counts(account: number, now: number): OrderCount[] {
    const windows = this.#windows(account);
    const foreign = this.foreign.orders(account, false);
    return SPANS.flatMap((span, i) => {
      const limit = this.limits[span.limit];
      return limit === null
        ? []
        : [{ ...described(span, limit), count: (windows[i]?.used(now) ?? 0) + foreign, suffix: span.suffix }];
    });
  }

  /** The same as headers of a reply. */
  addHeaders(headers: Record<string, string>, account: number, now: number): void {
    const windows = this.#windows(account);
    const foreign = this.foreign.orders(account, false);
    SPANS.forEach(({ limit, suffix }, i) => {
      if (this.limits[limit] !== null)
        headers[`X-MBX-ORDER-COUNT-${suffix}`] = String((windows[i] as Window).used(now) + foreign);
    });
  }

  clear(): void {
    this.#accounts.clear();
  }

  #windows(account: number): readonly Window[] {
    let windows = this.#accounts.get(account);
    if (windows === undefined) {
      windows = SPANS.map(({ lengthMs }) => new Window(lengthMs));
      this.#accounts.set(account, windows);
    }
    return windows;
  }
}

/** The limits on orders as `exchangeInfo` announces them. */
export function orderLimits(limits: Limits): OrderLimit[] {
  return SPANS.flatMap((span) => {
    const limit = limits[span.limit];
    return limit === null ? [] : [described(span, limit)];
  });
}

function described({ interval, intervalNum }: Span, limit: number): OrderLimit {
  return { rateLimitType: 'ORDERS', interval, intervalNum, limit };
}

function tooManyOrders(limit: number, per: string, retryAfterSec: number): Refusal {
  return new Refusal(-1015, `Too many new orders; current limit is ${limit} orders per ${per}.`, 429, retryAfterSec);
}
