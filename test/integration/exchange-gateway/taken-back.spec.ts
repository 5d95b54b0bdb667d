import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  addMs,
  epochMs,
  price,
  quantity,
  ZERO,
  type EpochMs,
  type Fill,
  type ParentOrderId,
  type TradeId,
  type VenueId,
  type VenueOrderId,
} from '#domain';
import { createLogger, Metrics } from '#observability';
import { ChildOrderRepository, type HeldAccount, type StoredChildOrder } from '#persistence';
import { BINANCE_SPOT_TRAITS, type Lookup, type OrderView, type VenueFill } from '#venues';
import type { AccountSession } from '../../../apps/exchange-gateway/src/accounts/account-sessions.js';
import { TakenBack, type Suspects } from '../../../apps/exchange-gateway/src/accounts/taken-back.js';
import { gatewayMetrics } from '../../../apps/exchange-gateway/src/gateway-metrics.js';
import {
  Booking,
  type Booked,
  type FirstBooked,
  type VenueFacts,
} from '../../../apps/exchange-gateway/src/orders/booking.js';
import { InstrumentCache } from '../../../apps/exchange-gateway/src/venue/instrument-cache.js';
import { ageFills } from '../../support/age-fills.js';
import { decideChild } from '../../support/ledger-child.js';
import { openLedgerWorld, type LedgerWorld } from '../../support/ledger-world.js';
import { until } from '../../support/until.js';

const SYMBOL = 'TESTUSDT';
const SPACING_MS = 1_500;

let ledger: LedgerWorld;
let booking: Booking;
let account: HeldAccount;
let parent: ParentOrderId;
let order: VenueOrderId;
let orders = 0;
let suspects: Suspects;
/** How far the comparisons' clock is ahead; so no test waits for the time between two looks. */
let aheadMs: number;
/** What the venue says of the order, and how often it was asked. */
let findOrder: () => Promise<Lookup>;
let asked: number;
let firsts: FirstBooked[];

beforeAll(async () => {
  ledger = await openLedgerWorld('gateway');
  const { db, clock, tenantId, accountId } = ledger;
  const logger = createLogger('test', 'silent');
  // Fills are inferred at once here: how long trades may be missing is no measure for how long they may be unlisted.
  booking = new Booking(db, clock, new InstrumentCache(db), gatewayMetrics(new Metrics()), logger, 0, (fill) =>
    firsts.push(fill),
  );
  account = { accountId, tenantId, venue: 'sim' as VenueId, epoch: 1 };
});
afterAll(async () => {
  ledger.clock.stop();
  await ledger.close();
});

/** A child of 10 that works at the venue, of which nothing is filled. */
beforeEach(async () => {
  suspects = new Map();
  firsts = [];
  aheadMs = asked = 0;
  order = `order-${++orders}` as VenueOrderId;
  parent = await ledger.addParent({ symbol: SYMBOL });
  await ledger.inTenant(async (tx) => {
    await decideChild(tx, ledger, parent, { venue: account.venue, symbol: SYMBOL, orderQty: quantity('10') });
    await tx.query(
      `UPDATE child_orders SET status = 'closed', close_reason = 'expired', closed_at = now() - interval '1 day'
                    WHERE parent_order_id <> $1 AND status <> 'closed'`,
      [parent],
    );
    await tx.query(
      `UPDATE child_orders SET status = 'working', epoch = 1, venue_order_id = $2 WHERE parent_order_id = $1`,
      [parent, order],
    );
  });
});

const now = (): EpochMs => addMs(ledger.clock.now(), aheadMs);
const trade = (id: string, qty: string, lastPx = '98'): Fill => ({
  venueOrderId: order,
  tradeId: id as TradeId,
  lastQty: quantity(qty),
  lastPx: price(lastPx),
  role: 'maker',
  fee: ZERO,
  feeAsset: 'USDT',
  tradedAt: ledger.clock.now(),
});
const told = (fill: Fill): VenueFill => ({ ...fill, symbol: SYMBOL, clientOrderId: null });
const hear = (facts: Partial<VenueFacts>): Promise<Booked> =>
  booking.apply({ tenantId: ledger.tenantId, parentOrderId: parent, sequence: 0 }, { view: null, fills: [], ...facts });
/** As if what is booked by now had been booked so long ago. */
const age = (ms: number) => ageFills(ledger.stores, parent, ms);
const view = (cumQty: string): OrderView => ({
  clientOrderId: null,
  venueOrderId: order,
  symbol: SYMBOL,
  side: 'buy',
  status: 'working',
  orderQty: quantity('10'),
  cumQty: quantity(cumQty),
  price: price('98'),
  updatedAt: ledger.clock.now(),
});
const counts = (cumQty: string): void => {
  findOrder = () => Promise.resolve({ kind: 'found', order: view(cumQty) });
};
/** One whole comparison's part in it, with a list of trades that was asked for some time ago. */
async function look(listed: readonly Fill[] = [], askedMsAgo = 0): Promise<string[]> {
  const session = {
    venue: { traits: { ...BINANCE_SPOT_TRAITS, lookupSpacingMs: SPACING_MS } },
    session: {
      findOrder: () => {
        asked += 1;
        return findOrder();
      },
    },
  } as unknown as AccountSession;
  const takenBack = new TakenBack({ account, session, db: ledger.db, clock: { now }, booking, suspects });
  const from = addMs(ledger.clock.now(), -120_000);
  const found = await takenBack.compare(SYMBOL, from, listed.map(told), addMs(now(), -askedMsAgo));
  return found.map(({ subject }) => subject);
}
/** A look that comes late enough after the one before to count. */
const lookAgain = (listed: readonly Fill[] = []): Promise<string[]> => {
  aheadMs += SPACING_MS;
  return look(listed);
};
const child = async (): Promise<StoredChildOrder> => {
  const found = await ledger.inTenant((tx) => new ChildOrderRepository(tx, ledger.tenantId).find(parent, 0));
  if (found === null) throw new Error('the child must be there');
  return found;
};
const query = <T>(sql: string): Promise<T[]> => ledger.inTenant((tx) => tx.query<T[]>(sql, [parent]));
/** Every sum there is of the one child: its own, and its parent's. */
async function sums(): Promise<Record<string, number>> {
  const [row] = await query<Record<string, string>>(
    `SELECT c.cum_qty AS qty, c.cum_notional AS value, c.inferred_qty AS inferred, p.cum_base AS base, p.cum_quote AS quote,
            p.maker_quote AS maker
     FROM child_orders c JOIN parent_orders p ON p.id = c.parent_order_id WHERE p.id = $1`,
  );
  return Object.fromEntries(Object.entries(row ?? {}).map(([name, value]) => [name, Number(value)]));
}
/** Own volume, which the volume of others is public volume without. */
const ownVolume = async (): Promise<number> => {
  const [row] = await query<{ base: string | null }>(
    `SELECT sum(o.cum_base)::text AS base FROM own_volumes o JOIN child_orders c USING (account_id, symbol)
     WHERE c.parent_order_id = $1`,
  );
  return Number(row?.base ?? 0);
};
const allOf = (qty: number, value = qty * 98) => ({ qty, value, inferred: 0, base: qty, quote: value, maker: value });
const audited = async (): Promise<string[]> => {
  const { clientOrderId } = (await child()).order;
  const found = await ledger.inTenant((tx) =>
    tx.query<{ event: string }[]>(`SELECT event FROM audit_log WHERE entity = 'fill' AND entity_id = $1 ORDER BY id`, [
      clientOrderId,
    ]),
  );
  return found.map(({ event }) => event);
};

describe('a trade is not taken for taken back', () => {
  it('I-05 when it was booked after the list was asked for, however late that list is compared', async () => {
    // Asked for 32 s ago; booked a second later; and while the venue is asked for the order, the stream tells of more.
    await hear({ fills: [trade('a', '4')] });
    await age(31_000);
    findOrder = async () => {
      await hear({ fills: [trade('b', '6')] });
      return { kind: 'found', order: view('4') };
    };
    expect(await look([], 32_000)).toEqual([]);
    aheadMs += SPACING_MS;
    expect(await look([], 32_000 + SPACING_MS)).toEqual([]);
    expect(asked).toBe(0);
    expect(await sums()).toEqual(allOf(4));
  });

  it('I-05 when the order only seems to count less because we have booked more since we asked', async () => {
    await hear({ fills: [trade('a', '4')] });
    await age(60_000);
    let next = 4;
    findOrder = async () => {
      const answer = view(String(next));
      await hear({ fills: [trade(`more-${next}`, '1')] });
      next += 1;
      return { kind: 'found', order: answer };
    };
    for (const _ of [1, 2, 3]) expect(await lookAgain()).toEqual([`${SYMBOL}/${order}/a`]);
    expect(await audited()).toEqual(['booked', 'booked', 'booked', 'booked']);
    expect(await sums()).toEqual(allOf(7));
  });

  it('I-05 when anything was booked of the order between the venue counting and our taking back', async () => {
    await hear({ fills: [trade('a', '4')] });
    await age(60_000);
    counts('0');
    await look();
    findOrder = async () => {
      await hear({ fills: [trade('b', '6')] });
      return { kind: 'found', order: view('0') };
    };
    await lookAgain();
    expect(await sums()).toEqual(allOf(10));
    counts('6');
    await lookAgain();
    expect(await audited()).toEqual(['booked', 'booked', 'busted']);
    expect(await sums()).toEqual(allOf(6));
  });

  it('I-05 when less is lacking from the order than the trade was', async () => {
    await hear({ fills: [trade('a', '4')] });
    await age(60_000);
    counts('1');
    for (const _ of [1, 2, 3]) await lookAgain();
    expect(await sums()).toEqual(allOf(4));
  });

  it('I-05 on one look, on two at nearly the same time, and on two with another word between them', async () => {
    const fill = trade('a', '4');
    await hear({ fills: [fill] });
    await age(60_000);
    counts('0');
    expect(await look()).toEqual([`${SYMBOL}/${order}/a`]);
    expect(await look()).toEqual([`${SYMBOL}/${order}/a`]);
    expect(await lookAgain([fill])).toEqual([]);
    await lookAgain();
    counts('4');
    await lookAgain();
    counts('0');
    await lookAgain();
    expect(await audited()).toEqual(['booked']);
    expect(await sums()).toEqual(allOf(4));
    // A look that the venue does not answer says nothing either way.
    findOrder = () => Promise.resolve({ kind: 'unclear', why: { code: 'TIMEOUT', text: 'no answer' } });
    await lookAgain();
    expect(await sums()).toEqual(allOf(4));
    counts('0');
    await lookAgain();
    expect(await audited()).toEqual(['booked', 'busted']);
    expect(await sums()).toEqual(allOf(0));
    expect(suspects.size).toBe(0);
  });

  it('I-05 before it was booked for 30 s, however soon missing fills are inferred', async () => {
    await hear({ fills: [trade('a', '4')] });
    counts('0');
    await age(25_000);
    for (const _ of [1, 2]) expect(await lookAgain()).toEqual([]);
    expect(asked).toBe(0);
    await age(5_000);
    for (const _ of [1, 2]) expect(await lookAgain()).toEqual([`${SYMBOL}/${order}/a`]);
    expect(await sums()).toEqual(allOf(0));
  });
});

describe('a trade that is told again', () => {
  const LISTED = () => trade('a', '5');

  /** The trade is out of the sums, and the venue counts it again: what it lacks is inferred, at another price. */
  async function inferred(inPlaceOf: string, avgPx: string): Promise<void> {
    await hear({ fills: [LISTED()] });
    await age(60_000);
    counts('0');
    for (const _ of [1, 2]) await lookAgain();
    expect(await sums()).toEqual(allOf(0));
    const counted = { ...view(inPlaceOf), avgPx: price(avgPx) };
    // Counted from when it was first seen to be missing, by the database's clock.
    await until(async () => (await hear({ view: counted })) === 'open', { what: 'the missing part is inferred' });
    expect(await sums()).toMatchObject({ qty: Number(inPlaceOf), inferred: Number(inPlaceOf) });
  }

  it.each([
    ['all of it', '5'],
    ['a part of it', '3'],
  ])('I-05 by a list is counted once, where %s was inferred meanwhile', async (_what, qty) => {
    const before = await ownVolume();
    await inferred(qty, '97');
    expect(await look([LISTED()])).toEqual([]);
    expect(await sums()).toEqual(allOf(5));
    expect(await ownVolume()).toBe(before + 5);
    expect(await query('SELECT 1 FROM fills WHERE parent_order_id = $1')).toHaveLength(1);
    expect(await audited()).toEqual(['booked', 'busted', 'inferred', 'reinstated']);
  });

  it('I-05 leaves of an inferred fill what it is not', async () => {
    const before = await ownVolume();
    await inferred('7', '98');
    await look([LISTED()]);
    expect(await sums()).toEqual({ ...allOf(7), inferred: 2 });
    expect(await ownVolume()).toBe(before + 7);
  });

  it('I-05 by the stream or a look-up is in the sums at once, and nothing is inferred in its place', async () => {
    await hear({ fills: [LISTED()] });
    await age(60_000);
    counts('0');
    for (const _ of [1, 2]) await lookAgain();
    expect(await sums()).toEqual(allOf(0));
    expect(await hear({ view: view('5'), fills: [LISTED()] })).toBe('open');
    expect(await hear({ view: view('5'), fills: [LISTED()] })).toBe('open');
    expect(await sums()).toEqual(allOf(5));
    expect(await audited()).toEqual(['booked', 'busted', 'reinstated']);
  });

  it('I-05 by the stream takes the place of what was inferred', async () => {
    await inferred('5', '97');
    await hear({ fills: [LISTED()] });
    expect(await sums()).toEqual(allOf(5));
  });
});

describe('the first fill of an order', () => {
  const claim = () => query('UPDATE child_orders SET claimed_at = now() WHERE parent_order_id = $1');

  it('is told once, as of the earliest trade that was booked with it', async () => {
    await claim();
    const [early, late] = [{ ...trade('1', '1'), tradedAt: epochMs(5_000) }, trade('2', '1')];
    await hear({ view: view('0') });
    expect(firsts).toEqual([]);
    for (const fills of [[late, early], [late, early], [trade('3', '1')]]) await hear({ fills });
    const { claimedAt } = await child();
    const { accountId, venue } = account;
    expect(firsts).toEqual([{ accountId, venue, symbol: SYMBOL, venueOrderId: order, claimedAt, filledAt: 5_000 }]);
  });

  it('is told of what had to be inferred too, as of the order’s last word', async () => {
    await claim();
    const word = view('4');
    for (const _ of [1, 2]) await hear({ view: word });
    expect(firsts).toMatchObject([{ venueOrderId: order, filledAt: word.updatedAt }]);
    await hear({ fills: [trade('4', '4')] });
    expect(firsts).toHaveLength(1);
  });
});
