import { createHmac, randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import type { AccountId, ParentOrderId } from '#domain';
import { AccountRepository, RateUsageRepository, type NewChildOrder } from '#persistence';
import { RateBudget, shippedLimits, SIM_USDM_VENUE_ID } from '#venues';
import type { LedgerWorld, ParentFields } from './ledger-world.js';
import { startReferenceMarket, type ReferenceMarket } from './reference-market.js';
import type { SimAccount, SimExchange } from './sim-exchange.js';
import { until } from './until.js';

/** An account at the simulated exchange's USD-M futures, beside the spot account of a gateway world. */
export interface UsdmDesk {
  readonly accountId: AccountId;
  readonly key: SimAccount;
  readonly market: ReferenceMarket;
  /** What makes a child order one of this account. */
  readonly place: Pick<NewChildOrder, 'accountId' | 'venue' | 'symbol'>;
  /** An active parent order of this account in TESTUSDT. */
  addParent(over?: Partial<ParentFields>): Promise<ParentOrderId>;
  /** Sets the book that everyone trades against, and with it the mark price. */
  book(bid: string, ask: string): Promise<void>;
  mark(price: string): Promise<void>;
  /**
   * Tells the budget how many orders the account has placed. The vendor says so only in replies to orders, so that a new
   * account would wait for a whole window; a gateway that had placed orders before would have left it there.
   */
  tellOrderCounts(): Promise<void>;
  /** Calls the exchange with the account's own key, as its owner does in another program. */
  owner<T = unknown>(method: string, path: string, params?: Readonly<Record<string, string>>): Promise<T>;
}

interface Around {
  readonly ledger: LedgerWorld;
  readonly sim: SimExchange;
  storeKey(credential: SimAccount, accountId: AccountId): Promise<void>;
}

const INSTRUMENT = `INSERT INTO instruments (venue, symbol, pair, market_type, base, quote, tick, lot, min_qty, min_notional, status)
  VALUES ($1, 'TESTUSDT', 'TEST:PERP-USDT', 'perp', 'TEST', 'USDT', 0.01, 0.001, 0.001, 5, 'trading')`;

export async function openUsdmDesk({ ledger, sim, storeKey }: Around, usdt: string): Promise<UsdmDesk> {
  const venue = SIM_USDM_VENUE_ID;
  const { tenantId, userId } = ledger;
  await ledger.db.inSystem((tx) => tx.query(INSTRUMENT, [venue]));
  const accountId = await ledger.inTenant((tx) =>
    new AccountRepository(tx).add({
      id: randomUUID() as AccountId,
      tenantId,
      userId: userId as never,
      name: 'futures',
      venue,
      exchange: 'MockExchange',
    }),
  );
  const key = await sim.openAccount('futures', {}, usdt);
  await storeKey(key, accountId);
  const book = async (bid: string, ask: string): Promise<void> => {
    await sim.control('PUT', 'markets/TESTUSDT/book?product=usdm', { bids: [[bid, '50']], asks: [[ask, '50']] });
  };
  await book('99.00', '101.00');
  return {
    accountId,
    key,
    market: await startReferenceMarket(ledger.stores, ledger.clock, venue),
    place: { accountId, venue, symbol: 'TESTUSDT' },
    book,
    mark: async (price) => {
      await sim.control('PUT', 'markets/TESTUSDT/mark', { price });
    },
    tellOrderCounts: () => tellOrderCounts(ledger, accountId),
    addParent: async (over) => {
      const id = await ledger.addParent({ symbol: 'TESTUSDT', ...over });
      await ledger.inTenant((tx) =>
        tx.query(
          `UPDATE parent_orders SET venue = $2, account_ids = ARRAY[$3::uuid], market_type = 'perp', pair = 'TEST:PERP-USDT'
           WHERE id = $1`,
          [id, venue, accountId],
        ),
      );
      return id;
    },
    owner: async <T>(method: string, path: string, params: Readonly<Record<string, string>> = {}): Promise<T> => {
      const text = new URLSearchParams({ ...params, timestamp: String(Date.now()) }).toString();
      const signature = createHmac('sha256', key.apiSecret).update(text).digest('hex');
      const reply = await fetch(`${sim.usdmUrl}/fapi/v1/${path}?${text}&signature=${signature}`, {
        method,
        headers: { 'x-mbx-apikey': key.apiKey },
      });
      if (!reply.ok) throw new Error(`${method} ${path}: ${await reply.text()}`);
      return (await reply.json()) as T;
    },
  };
}

async function tellOrderCounts({ stores, db, clock }: LedgerWorld, account: AccountId): Promise<void> {
  const redis = new Redis(stores.redisUrl);
  const budget = new RateBudget(redis, shippedLimits(SIM_USDM_VENUE_ID, 'binance-usdm'), {
    prefix: stores.redisPrefix,
    clock,
    ledger: new RateUsageRepository(db, SIM_USDM_VENUE_ID),
  });
  const headers = { 'x-mbx-order-count-10s': '0', 'x-mbx-order-count-1m': '0' };
  await until(
    async () => {
      const asked = await budget.reserve('GET /fapi/v1/rateLimit/order', { account }, 'query');
      if (!asked.granted) return false;
      const at = clock.now();
      await budget.settle(asked.token, 'success', { sentAt: at, repliedAt: at, venueMs: at, headers });
      return (await budget.freeShare('POST /fapi/v1/order', { account }, 'place')) > 0;
    },
    { timeoutMs: 20_000, everyMs: 100, what: 'the order counts are known' },
  );
  redis.disconnect();
}
