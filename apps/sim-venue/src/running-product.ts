import type { Server } from 'node:http';
import { ListenKeys } from './accounts/listen-keys.js';
import type { ExchangeListener } from './floor/listener.js';
import type { ForeignUse } from './limits/foreign-use.js';
import { OrderCounts } from './limits/order-counts.js';
import { RequestLimits, type Limits } from './limits/request-limits.js';
import type { ProductStreams } from './streams/product-streams.js';

/** The vendor updates the unfilled-order count a little after the fill. */
const CREDIT_AFTER_MS = 50;

/** What one product counts, and how much of it is allowed at the start. */
export interface ProductLimits {
  readonly requestLimits: RequestLimits;
  readonly orderCounts: OrderCounts;
  readonly defaultLimits: Readonly<Limits>;
}

/** One product's counts and the way from its floor to those who listen. */
export class RunningProduct {
  readonly limits: ProductLimits;
  /** Of its user streams; ended by a reset. */
  readonly listenKeys: ListenKeys;
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(
    readonly server: Server,
    defaultLimits: Readonly<Limits>,
    /** Whether the first fill of an order takes off its count. */
    private readonly creditsFills: boolean,
    private readonly now: () => number,
    foreign: ForeignUse,
  ) {
    this.listenKeys = new ListenKeys(now);
    const requestLimits = new RequestLimits({ ...defaultLimits }, foreign);
    this.limits = { requestLimits, orderCounts: new OrderCounts(requestLimits.limits, foreign), defaultLimits };
  }

  listener(streams: ProductStreams): ExchangeListener {
    const { users } = streams;
    return {
      wantsUserEvents: (account) => users.wants(account),
      userEvent: (account, event) => users.send(account, event),
      trade: (market, trade) => streams.trade(market, trade),
      bookChanged: (market) => streams.bookChanged(market),
      firstFill: (account, isMaker) => {
        if (this.creditsFills) this.#creditLater(account, isMaker);
      },
      reset: () => {
        this.#clearTimers();
        users.endAll();
        this.listenKeys.clear();
      },
    };
  }

  stop(): void {
    this.#clearTimers();
  }

  #creditLater(account: number, isMaker: boolean): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.limits.orderCounts.firstFill(account, isMaker, this.now());
    }, CREDIT_AFTER_MS);
    this.#timers.add(timer);
  }

  #clearTimers(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}
