import fc from 'fast-check';
import { expect, it } from '@jest/globals';
import { mustEqual } from '../../../../test/support/must.js';
import type { OrderPolicy } from '../floor/order-policy.js';
import { Refusal } from '../floor/refusal.js';
import { units } from '../matching/scaled.js';
import { SymbolSpec } from '../matching/symbol-spec.js';
import type { FuturesAccount, FuturesOrder } from './ledger/futures-account.js';
import { FUTURES_FEES, FuturesLedger } from './ledger/futures-ledger.js';
import { USDM_SYMBOLS } from './symbols.js';
import { command, TestFutures } from './test-futures.js';

const side = fc.constantFrom('BUY' as const, 'SELL' as const);
const ticks = fc.integer({ min: 9_900, max: 10_100 });
const step = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('place' as const),
      who: fc.integer({ min: 0, max: 3 }),
      side,
      ticks,
      lots: fc.integer({ min: 1, max: 40_000 }),
      type: fc.constantFrom('LIMIT' as const, 'LIMIT' as const, 'LIMIT' as const, 'MARKET' as const),
      timeInForce: fc.constantFrom(
        'GTC' as const,
        'GTC' as const,
        'GTC' as const,
        'IOC' as const,
        'FOK' as const,
        'GTX' as const,
      ),
      reduceOnly: fc.boolean(),
      hedged: fc.constantFrom('LONG' as const, 'SHORT' as const),
      selfTrade: fc.constantFrom(
        'NONE' as const,
        'EXPIRE_TAKER' as const,
        'EXPIRE_MAKER' as const,
        'EXPIRE_BOTH' as const,
      ),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('cancel' as const), pick: fc.nat() }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('amend' as const),
      pick: fc.nat(),
      ticks,
      lots: fc.integer({ min: 1, max: 40_000 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('market' as const),
      side,
      ticks,
      lots: fc.integer({ min: 1, max: 20_000 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('mark' as const),
      price: fc.bigInt({ min: units('95'), max: units('105') }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('fund' as const), rate: fc.bigInt({ min: -50_000n, max: 50_000n }) }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Every fifth fill trades three lots too many, every seventh is taken back a little later. */
function misbehaving(): { policy: Partial<OrderPolicy>; catchUp: () => void } {
  let fills = 0;
  let pending: (() => void)[] = [];
  return {
    policy: {
      filled: () => {
        fills += 1;
        return { delayMs: 0, overfillLots: fills % 5 === 0 ? 3 : 0, bustAfterMs: fills % 7 === 0 ? 1 : null };
      },
      later: (_ms, action) => pending.push(action),
    },
    catchUp: () => {
      const due = pending;
      pending = [];
      for (const action of due) action();
    },
  };
}

/** One crossed, one isolated, one in hedge mode, one in hedge mode and isolated. */
function opened(policy: Partial<OrderPolicy> = {}): { venue: TestFutures; accounts: FuturesAccount[] } {
  const venue = new TestFutures('TESTUSDT', policy);
  const accounts = ['crossed', 'isolated', 'hedged', 'both'].map((name) => venue.open(name, '400.00000007'));
  const { settings } = venue.exchange;
  for (const i of [1, 3]) settings.setMarginType(accounts[i] as FuturesAccount, venue.market.spec, true);
  for (const i of [2, 3]) settings.setDual(accounts[i] as FuturesAccount, true);
  return { venue, accounts };
}

function run({ exchange, market }: TestFutures, accounts: FuturesAccount[], one: Step): void {
  const open = accounts.flatMap((account) => [...account.openOrders.values()]);
  const picked = 'pick' in one ? open[one.pick % Math.max(1, open.length)] : undefined;
  try {
    if (one.kind === 'market') exchange.floor.placeForMarket(market, one.side, one.ticks, one.lots);
    else if (one.kind === 'mark') exchange.scriptMark('TESTUSDT', one.price);
    else if (one.kind === 'fund') exchange.fund('TESTUSDT', one.rate);
    else if (one.kind === 'cancel') {
      if (picked) exchange.orders.cancel(picked);
    } else if (one.kind === 'amend') {
      if (picked) exchange.orders.amend(picked, picked.side, one.ticks, one.lots);
    } else {
      const account = accounts[one.who] as FuturesAccount;
      const { type, timeInForce, selfTrade } = one;
      const more = account.dual ? { positionSide: one.hedged } : { reduceOnly: one.reduceOnly };
      const price = type === 'MARKET' ? 0 : one.ticks;
      exchange.orders.place(
        account,
        market,
        command(one.side, price, one.lots, { type, timeInForce, selfTrade, ...more }),
      );
    }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
  }
}

const queues = ({ market }: TestFutures): unknown[] =>
  (['BUY', 'SELL'] as const).flatMap((one) =>
    [...market.book.levels(one)].flatMap((level) => {
      const found: unknown[] = [];
      for (let order = level.first; order !== null; order = order.after)
        if ('id' in order) found.push([(order as FuturesOrder).id, order.ticks, order.openLots]);
      return found;
    }),
  );

/** Folds the facts again, one by one, and looks at every fill of an order that may only reduce. */
function countReductions(venue: TestFutures): number {
  const ledger = new FuturesLedger(new Map(USDM_SYMBOLS.map((row) => [row.symbol, new SymbolSpec(row)])), FUTURES_FEES);
  let reductions = 0;
  for (const record of venue.exchange.ledger.history) {
    const order = record.k === 'usdm.fill' ? ledger.orders.get(record.order) : undefined;
    const position = order && order.account.position(order.spec, order.positionSide);
    const before = position?.lots ?? 0;
    ledger.apply(record);
    if (order === undefined || position === undefined || !order.onlyReduces) continue;
    reductions += 1;
    if (Math.abs(position.lots) >= Math.abs(before) || position.lots * before < 0)
      throw new Error(`Order ${order.id} must only reduce, took a position from ${before} to ${position.lots}`);
  }
  return reductions;
}

/**
 * Folds the facts again and looks at everything the insurance account paid: never for a fill that only opens, to an
 * isolated position at most what closing lost beyond its margin, and never more than lifts a wallet to nothing.
 *
 * @returns how often it paid
 */
function countInsured(venue: TestFutures): number {
  const ledger = new FuturesLedger(new Map(USDM_SYMBOLS.map((row) => [row.symbol, new SymbolSpec(row)])), FUTURES_FEES);
  let paid = 0;
  for (const record of venue.exchange.ledger.history) {
    const order = record.k === 'usdm.fill' ? ledger.orders.get(record.order) : undefined;
    if (record.k !== 'usdm.fill' || order === undefined) {
      ledger.apply(record);
      continue;
    }
    const { account, spec } = order;
    const position = account.position(spec, order.positionSide);
    const { lots: before, isolatedUnits, realisedUnits } = position;
    const { walletUnits, insuredUnits } = account;
    const isolated = account.isIsolated(position);
    ledger.apply(record);
    const credit = account.insuredUnits - insuredUnits;
    const delta = order.side === 'BUY' ? record.lots : -record.lots;
    const closed = BigInt(before * delta < 0 ? Math.min(Math.abs(before), record.lots) : 0);
    if (isolated && account.walletUnits < 0n && account.walletUnits < walletUnits)
      throw new Error(`Order ${order.id} must be paid by the wallet, left ${account.walletUnits}`);
    if (credit === 0n) continue;
    paid += 1;
    if (closed === 0n) throw new Error(`Order ${order.id} only opened, was insured for ${credit}`);
    const loss = realisedUnits - position.realisedUnits + BigInt(record.fee);
    const released = (isolatedUnits * closed) / BigInt(Math.abs(before));
    const most = isolated ? loss - released : loss - walletUnits;
    if (credit > most) throw new Error(`Order ${order.id} lost ${most} beyond its margin, was insured for ${credit}`);
    if (!isolated && account.walletUnits !== 0n) throw new Error(`Insurance left ${account.walletUnits} in a wallet`);
  }
  return paid;
}

it('keeps money, margin and books sound through anything; only-reducing orders reduce; a restart folds back', () => {
  const seen = { fills: 0, reductions: 0, liquidations: 0, trims: 0, insured: 0 };
  fc.assert(
    fc.property(fc.array(step, { minLength: 60, maxLength: 140 }), (steps) => {
      const { venue, accounts } = opened();
      for (const one of steps) {
        run(venue, accounts, one);
        venue.exchange.assertInvariants();
      }
      for (const { orders } of accounts)
        for (const order of orders)
          if (order.timeInForce === 'FOK' && order.type === 'LIMIT') expect(order.status).toBe('FILLED');
      for (const account of accounts) seen.fills += account.orders.reduce((sum, order) => sum + order.fills.length, 0);
      seen.liquidations += venue.exchange.ledger.liquidations;
      seen.trims += venue.exchange.ledger.history.filter(({ k }) => k === 'usdm.trim').length;
      seen.reductions += countReductions(venue);
      seen.insured += countInsured(venue);

      const restored = new TestFutures();
      for (const record of venue.operations.flat()) restored.exchange.apply(record);
      restored.exchange.open(true);
      mustEqual(restored.exchange.ledger.history, JSON.parse(JSON.stringify(venue.exchange.ledger.history)));
      mustEqual(queues(restored), queues(venue));
      if (venue.exchange.ledger.marks.has('TESTUSDT'))
        expect(restored.exchange.markOf('TESTUSDT')).toBe(venue.exchange.markOf('TESTUSDT'));
    }),
    { numRuns: 200, plugins: [fc.interruptAfterTimeLimit(40_000)] },
  );
  expect(seen.fills).toBeGreaterThan(1_000);
  expect(seen.reductions).toBeGreaterThan(100);
  expect(seen.liquidations).toBeGreaterThan(20);
  expect(seen.trims).toBeGreaterThan(5);
  expect(seen.insured).toBeGreaterThan(5);
});

it('stays sound when the venue overfills orders and takes trades back', () => {
  const seen = { over: 0, busted: 0 };
  fc.assert(
    fc.property(fc.array(step, { minLength: 60, maxLength: 120 }), (steps) => {
      const { policy, catchUp } = misbehaving();
      const { venue, accounts } = opened(policy);
      for (const one of steps) {
        run(venue, accounts, one);
        venue.exchange.assertInvariants();
        catchUp();
        venue.exchange.assertInvariants();
      }
      for (const record of venue.exchange.ledger.history) {
        if (record.k === 'usdm.bust') seen.busted += 1;
        if (record.k === 'usdm.fill' && record.over === true) seen.over += 1;
      }
      const restored = new TestFutures();
      for (const record of venue.operations.flat()) restored.exchange.apply(record);
      restored.exchange.open(true);
      mustEqual(queues(restored), queues(venue));
      restored.exchange.assertInvariants();
    }),
    { numRuns: 100, plugins: [fc.interruptAfterTimeLimit(30_000)] },
  );
  expect(seen.over).toBeGreaterThan(30);
  expect(seen.busted).toBeGreaterThan(30);
});

it('restarts without the orders that were open when told so', () => {
  const { venue, accounts } = opened();
  venue.exchange.orders.place(accounts[0] as FuturesAccount, venue.market, command('BUY', 9_000, 1_000));
  const restored = new TestFutures();
  for (const record of venue.operations.flat()) restored.exchange.apply(record);
  restored.exchange.open(false);
  const [order] = restored.exchange.ledger.orders.values();
  expect([order?.status, restored.market.book.count('BUY')]).toEqual(['EXPIRED', 0]);
  restored.exchange.assertInvariants();
});

it('after a restart a position has the mark it was opened at, though the book is empty', () => {
  const { venue, accounts } = opened();
  venue.quote(9_990, 10_000);
  venue.exchange.orders.place(accounts[0] as FuturesAccount, venue.market, command('BUY', 10_000, 100));
  const restored = new TestFutures();
  for (const record of venue.operations.flat()) restored.exchange.apply(record);
  restored.exchange.open(true);
  expect(restored.market.book.count('BUY')).toBe(0);
  expect(restored.exchange.markOf('TESTUSDT')).toBe(units('99.95'));
});

it('after a restart orders of a level queue as they did, amended ones too', () => {
  const { venue, accounts } = opened();
  const [first, second, third] = [0, 1, 0].map((who) =>
    venue.exchange.orders.place(accounts[who] as FuturesAccount, venue.market, command('BUY', 9_000, 1_000)),
  ) as [FuturesOrder, FuturesOrder, FuturesOrder];
  venue.exchange.orders.amend(first, 'BUY', 9_000, 1_100);
  venue.exchange.orders.amend(second, 'BUY', 9_000, 900);
  const restored = new TestFutures();
  for (const record of venue.operations.flat()) restored.exchange.apply(record);
  restored.exchange.open(true);
  expect(queues(restored)).toEqual([
    [second.id, 9_000, 900],
    [third.id, 9_000, 1_000],
    [first.id, 9_000, 1_100],
  ]);
  mustEqual(queues(restored), queues(venue));
});

it('the same operations have the same event log', () => {
  const [sample] = fc.sample(fc.array(step, { minLength: 100, maxLength: 100 }), { numRuns: 1, seed: 7 }) as [Step[]];
  const hashes = [0, 1].map(() => {
    const { venue, accounts } = opened();
    for (const one of sample) run(venue, accounts, one);
    return venue.exchange.floor.log.digest();
  });
  expect(hashes[0]?.events).toBeGreaterThan(60);
  expect(hashes[1]).toEqual(hashes[0]);
});
