import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  decimal,
  deriveClientOrderId,
  epochMs,
  maintenanceMargin,
  maxLeverageOf,
  OrderBook,
  price,
  quantity,
  toDecimalString,
  type EpochMs,
  type ParentOrderId,
} from '#domain';
import {
  announcedFigures,
  askCall,
  createFeeds,
  createVenues,
  shippedLimits,
  SIM_USDM_VENUE_ID,
  type FeedMessage,
  type Fence,
  type PlaceRequest,
  type UserEvent,
  type Venue,
  type VenueClock,
  type VenueFill,
  type VenueSession,
} from '#venues';
import { startSimExchange, type SimExchange } from '../../support/sim-exchange.js';
import { until } from '../../support/until.js';

const clock = { now: () => epochMs(Date.now()) };
const venueClock: VenueClock = { now: () => clock.now(), offsetMs: () => 0, errorMs: () => 1 };
const PARENT = '018f5a3e-0000-7000-8000-000000000002' as ParentOrderId;
const symbol = 'BTCUSDT';

let sim: SimExchange;
let venue: Venue & { close(): Promise<void> };
let session: VenueSession;
let closing: { close(): Promise<void> }[];
let sequence = 0;

beforeEach(async () => {
  sim = await startSimExchange();
  await sim.control('PUT', `markets/${symbol}/book?product=usdm`, {
    bids: [
      ['59990.00', '1'],
      ['59980.00', '2'],
    ],
    asks: [
      ['60010.00', '1'],
      ['60020.00', '2'],
    ],
  });
  const account = await sim.openAccount('mine', {}, '1000000');
  venue = createVenues({ SIM_VENUE_URL: sim.url, SIM_USDM_URL: sim.usdmUrl }, clock).get(SIM_USDM_VENUE_ID)!;
  closing = [venue];
  session = await venue.connect(account, venueClock);
});
afterEach(async () => {
  await Promise.all(closing.map((one) => one.close()));
  expect(await sim.control('GET', 'unserved')).toEqual({});
  await sim.stop();
});

const fence = (claimedAt = clock.now()): Fence => ({
  claimEpoch: 1,
  claimedAt,
  validUntil: epochMs(claimedAt + 3_000),
});
const order = (over: Partial<PlaceRequest> = {}): PlaceRequest => ({
  clientOrderId: deriveClientOrderId(PARENT, (sequence += 1)),
  symbol,
  side: 'buy',
  orderQty: quantity('0.1'),
  price: price('59950'),
  timeInForce: 'gtc',
  ...over,
});
const fault = (over: object) => sim.control('POST', 'faults', { match: { product: 'usdm' }, times: 1, ...over });
const openAtVenue = async (): Promise<number> => {
  const open = await session.openOrders();
  return open.kind === 'ok' ? open.value.rows.length : -1;
};
const ledger = async () =>
  (await sim.control<{ orders: { clientOrderId: string; status: string }[] }>('GET', 'ledger?product=usdm')).orders;
const trade = (px: string, qty: string, side: 'BUY' | 'SELL') =>
  sim.control('POST', `markets/${symbol}/trade?product=usdm`, { price: px, qty, side });

async function fillsSince(from: EpochMs): Promise<VenueFill[]> {
  const fills: VenueFill[] = [];
  for (let next: string | null | undefined; next !== null;) {
    const page = await session.fillsSince(symbol, from, next);
    if (page.kind === 'failed') throw new Error(page.why.text);
    fills.push(...page.value.rows);
    next = page.value.next;
  }
  return fills;
}

describe('the timer that cancels the orders of a symbol', () => {
  it('A4 ends them when it runs out, and nothing once it was taken back', async () => {
    expect((await session.place(order(), fence())).kind).toBe('done');
    expect(await session.setDeadMan?.(60_000, symbol)).toMatchObject({ kind: 'done' });
    expect(await session.setDeadMan?.(0, symbol)).toMatchObject({ kind: 'done' });
    expect(await session.setDeadMan?.(1, symbol)).toMatchObject({ kind: 'done' });
    await until(async () => (await openAtVenue()) === 0, { what: 'the venue has cancelled the order' });
    expect((await ledger()).map(({ status }) => status)).toEqual(['CANCELED']);
    expect(await session.setDeadMan?.(60_000)).toMatchObject({ kind: 'not_sent', why: { code: 'UNSUPPORTED' } });
  });
});

describe('orders', () => {
  it('are placed, found, listed, amended and cancelled', async () => {
    const request = order();
    expect(await session.place(request, fence())).toMatchObject({
      kind: 'done',
      value: { fills: [], view: { clientOrderId: request.clientOrderId, status: 'working', cumQty: quantity('0') } },
      meta: { httpStatus: 200, headers: { 'x-mbx-order-count-10s': '1' } },
    });
    const { clientOrderId } = request;
    expect(await session.findOrder({ clientOrderId, symbol })).toMatchObject({ kind: 'found' });
    expect(await session.openOrders()).toMatchObject({ value: { rows: [{ clientOrderId }] } });
    expect((await session.orderCounts()).kind).toBe('ok');
    const current = { orderQty: request.orderQty, price: request.price };
    const change = { symbol, clientOrderId, venueOrderId: null, side: request.side, current };
    const amended = { orderQty: quantity('0.3'), price: price('59960') };
    expect(await session.amend({ ...change, ...amended }, fence())).toMatchObject({
      kind: 'done',
      value: { clientOrderId, status: 'working', ...amended },
    });
    expect(await session.amend({ ...change, ...amended }, fence())).toMatchObject({ kind: 'refused' });
    const cancel = { symbol, clientOrderId, venueOrderId: null };
    expect(await session.cancel(cancel)).toMatchObject({ kind: 'done', value: { view: { status: 'canceled' } } });
    expect(await session.cancel(cancel)).toMatchObject({ kind: 'done', value: { kind: 'gone' } });
    expect(await session.findOrder({ clientOrderId: deriveClientOrderId(PARENT, 999), symbol })).toMatchObject({
      kind: 'absent',
    });
    const since = await session.ordersSince(symbol, epochMs(clock.now() - 60_000));
    expect(since.kind === 'ok' && since.value.rows.map((one) => one.status)).toEqual(['canceled']);
    for (let i = 0; i < 2; i += 1) await session.place(order(), fence());
    expect(await session.cancelAll(symbol)).toMatchObject({ kind: 'done' });
    expect(await session.openOrders(symbol)).toMatchObject({ value: { rows: [], next: null } });
  });

  it('fill, and the history tells the same fills and a position', async () => {
    const from = epochMs(clock.now() - 1_000);
    const request = order({ price: price('60020'), orderQty: quantity('1.5'), timeInForce: 'ioc' });
    expect(await session.place(request, fence())).toMatchObject({
      kind: 'done',
      value: { view: { status: 'filled', cumQty: quantity('1.5') } },
    });
    const fills = await fillsSince(from);
    expect(fills.map((fill) => [toDecimalString(fill.lastPx), toDecimalString(fill.lastQty), fill.role])).toEqual([
      ['60010', '1', 'taker'],
      ['60020', '0.5', 'taker'],
    ]);
    expect(fills.every((fill) => fill.feeAsset === 'USDT' && fill.fee.isPositive())).toBe(true);
    expect(await session.positions()).toMatchObject({
      value: [{ symbol, side: 'both', qty: decimal('1.5'), marginType: 'cross' }],
    });
    expect(await session.fees(symbol)).toMatchObject({ value: { makerBps: decimal('2'), takerBps: decimal('5') } });
    const balances = await session.balances();
    const [usdt] = balances.kind === 'ok' ? balances.value : [];
    expect(usdt?.asset).toBe('USDT');
    expect(usdt?.locked.isPositive()).toBe(true);
    // What reduces may reduce only: selling more than there is leaves no short.
    const close = order({ side: 'sell', price: price('59980'), orderQty: quantity('3'), reduceOnly: true });
    await session.place({ ...close, timeInForce: 'ioc' }, fence());
    expect(await session.positions()).toMatchObject({ value: [] });
  });

  it.each<[string, Partial<PlaceRequest>, string]>([
    ['a post-only order that would take', { price: price('60010'), timeInForce: 'gtx' }, 'POST_ONLY_WOULD_CROSS'],
    ['an order beyond the margin', { orderQty: quantity('900') }, 'INSUFFICIENT_BALANCE'],
    ['a reducing order without a position', { reduceOnly: true }, '-2022'],
    ['a position side in one-way mode', { positionSide: 'long' }, '-4061'],
  ])('are refused: %s', async (_, over, code) => {
    expect(await session.place(order(over), fence())).toMatchObject({ kind: 'refused', why: { code } });
    expect((await ledger()).filter(({ status }) => status === 'NEW')).toEqual([]);
  });

  it('VE-A9 a duplicate id is unknown, and the look-up finds the order', async () => {
    const request = order();
    await session.place(request, fence());
    expect(await session.place(request, fence())).toMatchObject({ kind: 'unknown', hint: 'exists' });
    expect(await session.findOrder({ clientOrderId: request.clientOrderId, symbol })).toMatchObject({ kind: 'found' });
    expect(await ledger()).toHaveLength(1);
  });

  it('a claim that waited in the queue past its window is refused there, to be offered again', async () => {
    await fault({ fault: 'latency', args: { ms: 400, when: 'queue' } });
    const claimedAt = clock.now();
    const short = { claimEpoch: 1, claimedAt, validUntil: epochMs(claimedAt + 300) };
    expect(await session.place(order(), short)).toMatchObject({ kind: 'refused', retryAt: expect.any(Number) });
    expect(await ledger()).toEqual([]);
  });

  it.each<[string, object, string]>([
    ['VE-A10 503 with -1008', { fault: 'status', args: { status: 503, when: 'before', code: -1008 } }, 'refused'],
    ['VE-A10 503 after acceptance', { fault: 'status', args: { status: 503, when: 'after' } }, 'unknown'],
    ['VE-A11 half a JSON', { fault: 'garble', args: { how: 'truncated' } }, 'unknown'],
    ['VE-A11 no order id', { fault: 'garble', args: { how: 'no_order_id' } }, 'unknown'],
    ['VE-A11 403 with HTML', { fault: 'status', args: { status: 403, when: 'before' } }, 'refused'],
    ['VE-A5 a reply dropped after acceptance', { fault: 'drop_reply' }, 'unknown'],
  ])('are judged: %s', async (_, over, kind) => {
    await fault({ match: { product: 'usdm', route: 'POST /fapi/v1/order' }, ...over });
    expect((await session.place(order(), fence())).kind).toBe(kind);
  });
});

describe('limits', () => {
  it('VE-B40 are told by the exchange, under the names that our table has for them', async () => {
    await sim.control('PUT', 'limits?product=usdm', { weightPerMinute: 2_000, ordersPer10Seconds: 200 });
    const limits = shippedLimits(SIM_USDM_VENUE_ID, 'binance-usdm');
    const told = await venue.announcedLimits?.();
    if (told?.kind !== 'ok') throw new Error(`limits must be told, was ${JSON.stringify(told)}`);
    expect(announcedFigures(limits, told.value)).toMatchObject({
      'bu.weight': { limit: 2_000 },
      'bu.orders10s': { limit: 200 },
      'bu.orders1m': { limit: 1_200 },
    });
    expect(askCall(limits)).toBe('GET /fapi/v1/exchangeInfo');
  });
});

describe('settings', () => {
  it('of a hedged account: both sides at once, each reduced by its own side', async () => {
    expect((await session.apply({ kind: 'hedge_mode', on: true })).kind).toBe('done');
    expect((await session.apply({ kind: 'hedge_mode', on: true })).kind).toBe('done');
    expect((await session.apply({ kind: 'leverage', symbol, leverage: 25 })).kind).toBe('done');
    expect((await session.apply({ kind: 'margin_type', symbol, marginType: 'isolated' })).kind).toBe('done');
    const settings = await session.accountSettings();
    expect(settings).toMatchObject({
      value: { hedgeMode: true, permissions: { canTrade: true, canWithdraw: false, ipBound: null } },
    });
    expect(settings.kind === 'ok' && settings.value.bySymbol.get(symbol)).toEqual({
      leverage: 25,
      marginType: 'isolated',
    });
    const tiers = settings.kind === 'ok' ? (settings.value.marginTiers?.get(symbol) ?? []) : [];
    expect([maxLeverageOf(tiers), maintenanceMargin(tiers, decimal('60000'))?.toFixed()]).toEqual([125, '250']);
    const take = { orderQty: quantity('0.5'), timeInForce: 'ioc' } as const;
    await session.place(order({ ...take, price: price('60020'), positionSide: 'long' }), fence());
    await session.place(order({ ...take, side: 'sell', price: price('59980'), positionSide: 'short' }), fence());
    const both = await session.positions();
    expect(both.kind === 'ok' && both.value.map(({ side, qty }) => [side, toDecimalString(qty)])).toEqual([
      ['long', '0.5'],
      ['short', '-0.5'],
    ]);
    expect(await session.apply({ kind: 'hedge_mode', on: false })).toMatchObject({ kind: 'refused' });
    const close = { ...take, positionSide: 'long', reduceOnly: true, side: 'sell', price: price('59980') } as const;
    expect((await session.place(order(close), fence())).kind).toBe('done');
    expect(await session.positions()).toMatchObject({ value: [{ side: 'short' }] });
  });
});

describe('user stream', () => {
  const orders = (events: readonly UserEvent[]) => events.flatMap((event) => (event.kind === 'order' ? [event] : []));

  it('tells of orders, fills, positions and balances, and agrees with the look-ups', async () => {
    await session.balances();
    const events: UserEvent[] = [];
    const gaps: string[] = [];
    const stream = session.userEvents(
      (event) => events.push(event),
      (gap) => gaps.push(gap.reason),
    );
    await until(() => stream.live);
    const resting = order({ price: price('60000') });
    await session.place(resting, fence());
    await trade('60000.00', '0.04', 'SELL');
    await until(() => orders(events).some((event) => event.fill !== null));
    await session.cancel({ symbol, clientOrderId: resting.clientOrderId, venueOrderId: null });
    await until(() => orders(events).some((event) => event.order.status === 'canceled'));
    expect(gaps).toEqual(['CONNECTED']);
    expect(orders(events).map(({ order: o }) => [o.clientOrderId, o.status, toDecimalString(o.cumQty)])).toEqual([
      [resting.clientOrderId, 'working', '0'],
      [resting.clientOrderId, 'working', '0.04'],
      [resting.clientOrderId, 'canceled', '0.04'],
    ]);
    expect(new Set(orders(events).map((event) => event.executionId)).size).toBe(3);
    const streamed = orders(events).flatMap((event) => (event.fill === null ? [] : [event.fill]));
    expect(streamed).toMatchObject([{ role: 'maker', lastPx: price('60000'), lastQty: quantity('0.04') }]);
    const told = await fillsSince(epochMs(0));
    expect(told.map((fill) => fill.tradeId)).toEqual(streamed.map((fill) => fill.tradeId));
    expect(events).toContainEqual(expect.objectContaining({ kind: 'position', symbol, qty: decimal('0.04') }));
    expect(events.some((event) => event.kind === 'balances')).toBe(true);
  });

  it('VE-A13 a fill before the ack, twice, then the older report: one fill, and the order as the fill left it', async () => {
    const events: UserEvent[] = [];
    const stream = session.userEvents(
      (event) => events.push(event),
      () => undefined,
    );
    await until(() => stream.live);
    const match = { product: 'usdm', route: 'userDataStream' };
    await fault({ match, fault: 'stream', args: { how: 'fill_before_ack', ms: 60_000 } });
    await fault({ match, fault: 'stream', args: { how: 'duplicate' }, times: 100 });
    const resting = order({ price: price('60000') });
    await session.place(resting, fence());
    await trade('60000.00', '0.1', 'SELL');
    await until(() => orders(events).length === 4);
    expect(orders(events).map((event) => [event.order.status, event.fill !== null])).toEqual([
      ['filled', true],
      ['filled', true],
      ['working', false],
      ['working', false],
    ]);
    const [first, second, older] = orders(events);
    expect(second?.executionId).toBe(first?.executionId);
    // The older report says less, and says when: it changes nothing that the fill has told.
    expect(older?.order.cumQty.lt(first?.order.cumQty ?? 0)).toBe(true);
    const identity = (fill: VenueFill | null | undefined) => [fill?.symbol, fill?.venueOrderId, fill?.tradeId];
    expect(identity(second?.fill)).toEqual(identity(first?.fill));
    const told = await fillsSince(epochMs(clock.now() - 60_000));
    expect(told.map(identity)).toEqual([identity(first?.fill)]);
    expect(await session.findOrder({ clientOrderId: resting.clientOrderId, symbol })).toMatchObject({
      order: { status: 'filled' },
    });
  });
});

describe('feed', () => {
  it('VE-A20 follows the book through a gap, and tells trades, best quotes, mark and funding; each call is paid', async () => {
    const paid: string[] = [];
    const config = { SIM_VENUE_URL: sim.url, SIM_USDM_URL: sim.usdmUrl };
    const spendAt = () => (call: string) => Promise.resolve(void paid.push(call));
    const feed = createFeeds(config, clock, spendAt).get(SIM_USDM_VENUE_ID)!;
    closing.push(feed);
    const read = await feed.instruments();
    expect(read.kind === 'ok' && read.value.find((one) => one.symbol === symbol)).toMatchObject({
      pair: 'BTC:PERP-USDT',
      marketType: 'perp',
      tick: price('0.1'),
    });
    const messages: FeedMessage[] = [];
    const book = new OrderBook();
    feed.subscribe(symbol, ['book', 'trades', 'bbo', 'mark'], (message) => {
      messages.push(message);
      if (message.type === 'snapshot') book.applySnapshot(message.seq, message.bids, message.asks);
      if (message.type === 'delta') book.applyDelta(message.prevSeq, message.seq, message.bids, message.asks);
      if (message.type === 'resync') book.clear();
    });
    const of = <T extends FeedMessage['type']>(type: T) =>
      messages.filter((message): message is Extract<FeedMessage, { type: T }> => message.type === type);
    await until(() => of('status').at(-1)?.to === 'live');
    const move = (bid: string) =>
      sim.control('PUT', `markets/${symbol}/book?product=usdm`, { bids: [[bid, '3']], asks: [['60010.00', '4']] });
    await move('59991.00');
    await until(() => book.top(1).bids[0]?.price.eq('59991') === true);
    await until(() => of('bbo').at(-1)?.bid?.price.eq('59991') === true);
    expect(of('bbo').at(-1)).toMatchObject({ ask: { price: price('60010'), qty: quantity('4') } });
    await until(() => of('mark').length > 0);
    expect(of('mark')[0]?.nextFundingAt).toBeGreaterThan(clock.now());
    await trade('60010.00', '0.25', 'BUY');
    await until(() => of('trade').length === 1);
    expect(of('trade')).toMatchObject([{ aggressor: 'buy', price: price('60010'), qty: quantity('0.25') }]);
    await fault({ fault: 'stream', match: { product: 'usdm', route: 'btcusdt@depth*' }, args: { how: 'drop' } });
    await move('59992.00');
    await until(
      async () => (await sim.control<{ faults: { fired: number }[] }>('GET', 'faults')).faults[0]?.fired === 1,
    );
    await move('59993.00');
    await until(() => of('resync').length === 1 && of('status').at(-1)?.to === 'live');
    await until(() => book.top(1).bids[0]?.price.eq('59993') === true);
    const recent = await feed.recentTrades(symbol);
    expect(recent.kind === 'ok' && recent.value).toMatchObject([{ aggressor: 'buy', qty: quantity('0.25') }]);
    expect(new Set(paid)).toEqual(new Set(['GET /fapi/v1/exchangeInfo', 'GET /fapi/v1/depth', 'GET /fapi/v1/trades']));
  });
});
