import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  decimal,
  deriveClientOrderId,
  epochMs,
  OrderBook,
  price,
  quantity,
  toDecimalString,
  type ParentOrderId,
  type VenueOrderId,
} from '#domain';
import {
  createFeeds,
  createVenues,
  SIM_VENUE_ID,
  type Feed,
  type FeedMessage,
  type Fence,
  type PlaceRequest,
  type UserEvent,
  type VenueClock,
  type VenueSession,
} from '#venues';
import { startSimExchange, type SimExchange } from '../../support/sim-exchange.js';
import { until } from '../../support/until.js';

const clock = { now: () => epochMs(Date.now()) };
const venueClock: VenueClock = { now: () => clock.now(), offsetMs: () => 0, errorMs: () => 1 };
const PARENT = '018f5a3e-0000-7000-8000-000000000001' as ParentOrderId;

let sim: SimExchange;
let session: VenueSession;
let closing: { close(): Promise<void> }[];
let sequence = 0;

beforeEach(async () => {
  sim = await startSimExchange();
  await sim.control('PUT', 'markets/BTCUSDT/book', {
    bids: [
      ['59990.00', '1'],
      ['59980.00', '2'],
    ],
    asks: [
      ['60010.00', '1'],
      ['60020.00', '2'],
    ],
  });
  const account = await sim.openAccount('mine', { USDT: '1000000', BTC: '10' });
  const venue = createVenues({ SIM_VENUE_URL: sim.url }, clock).get(SIM_VENUE_ID)!;
  closing = [venue];
  session = await venue.connect(account, venueClock);
});
afterEach(async () => {
  await Promise.all(closing.map((one) => one.close()));
  await sim.stop();
});

const fence = (claimedAt = clock.now()): Fence => ({
  claimEpoch: 1,
  claimedAt,
  validUntil: epochMs(claimedAt + 3_000),
});
const order = (over: Partial<PlaceRequest> = {}): PlaceRequest => ({
  clientOrderId: deriveClientOrderId(PARENT, (sequence += 1)),
  symbol: 'BTCUSDT',
  side: 'buy',
  orderQty: quantity('0.1'),
  price: price('59950'),
  timeInForce: 'gtc',
  ...over,
});

describe('orders', () => {
  it('places, finds, lists and cancels', async () => {
    const request = order();
    const sent = await session.place(request, fence());
    expect(sent).toMatchObject({
      kind: 'done',
      value: { fills: [], view: { clientOrderId: request.clientOrderId, status: 'working', cumQty: quantity('0') } },
      meta: { httpStatus: 200, headers: { 'x-mbx-order-count-10s': '1' } },
    });
    const key = { clientOrderId: request.clientOrderId, symbol: 'BTCUSDT' };
    expect(await session.findOrder(key)).toMatchObject({ kind: 'found', order: { status: 'working' } });
    expect(await session.openOrders()).toMatchObject({
      kind: 'ok',
      value: { rows: [{ clientOrderId: request.clientOrderId }], next: null },
    });
    expect(await session.orderCounts()).toMatchObject({ kind: 'ok', value: { 'x-mbx-order-count-10s': 1 } });

    const cancel = { symbol: 'BTCUSDT', clientOrderId: request.clientOrderId, venueOrderId: null };
    expect(await session.cancel(cancel)).toMatchObject({
      kind: 'done',
      value: { kind: 'canceled', view: { status: 'canceled' } },
    });
    expect(await session.cancel(cancel)).toMatchObject({ kind: 'done', value: { kind: 'gone' } });
    expect(await session.findOrder(key)).toMatchObject({ kind: 'found', order: { status: 'canceled' } });
    expect(await session.openOrders('BTCUSDT')).toMatchObject({ kind: 'ok', value: { rows: [] } });
    expect(await session.findOrder({ ...key, clientOrderId: deriveClientOrderId(PARENT, 999) })).toMatchObject({
      kind: 'absent',
    });
    expect(await session.findOrder({ venueOrderId: '123456' as VenueOrderId, symbol: 'BTCUSDT' })).toMatchObject({
      kind: 'absent',
    });
    expect(await sim.control('GET', 'unserved')).toEqual({});
  });

  it('VE-A22 amends quantity down in place: the order behind does not overtake it', async () => {
    const [first, second] = [
      order({ price: price('60000'), orderQty: quantity('5') }),
      order({ price: price('60000') }),
    ];
    await session.place(first, fence());
    await session.place(second, fence());
    const current = { orderQty: first.orderQty, price: first.price };
    const { symbol, clientOrderId, side } = first;
    const same = { symbol, clientOrderId, side, venueOrderId: null, price: first.price, current };
    expect(await session.amend({ ...same, orderQty: quantity('3') }, fence())).toMatchObject({
      kind: 'done',
      value: { clientOrderId, status: 'working', orderQty: quantity('3') },
    });
    expect(await session.amend({ ...same, orderQty: quantity('3'), price: price('60001') }, fence())).toMatchObject({
      kind: 'not_sent',
      why: { code: 'UNSUPPORTED' },
    });
    await sim.control('POST', 'markets/BTCUSDT/trade', { price: '60000.00', qty: '3', side: 'SELL' });
    expect(await session.findOrder({ symbol, clientOrderId })).toMatchObject({ order: { status: 'filled' } });
    expect(await session.findOrder({ symbol, clientOrderId: second.clientOrderId })).toMatchObject({
      order: { status: 'working', cumQty: quantity('0') },
    });
    expect(await session.amend({ ...same, orderQty: quantity('2') }, fence())).toMatchObject({ kind: 'refused' });
    const paths = await sim.control<Record<string, unknown>>('GET', 'unserved');
    expect(paths).toEqual({});
  });

  it('cancels all orders of a symbol, and reads what the key may do', async () => {
    for (let i = 0; i < 3; i += 1) await session.place(order(), fence());
    const all = await session.cancelAll('BTCUSDT');
    expect(all.kind === 'done' && all.value).toHaveLength(3);
    expect(await session.openOrders()).toMatchObject({ value: { rows: [] } });
    expect(await session.cancelAll('BTCUSDT')).toMatchObject({ kind: 'done', value: [] });
    expect(await session.accountSettings()).toMatchObject({
      kind: 'ok',
      value: { hedgeMode: null, permissions: { canTrade: true, canWithdraw: false, ipBound: true } },
    });
  });

  it('reports the fills of an order that took, and the same from the history', async () => {
    const before = clock.now();
    const request = order({ side: 'buy', price: price('60020'), orderQty: quantity('1.5'), timeInForce: 'ioc' });
    const sent = await session.place(request, fence());
    expect(sent).toMatchObject({ kind: 'done', value: { view: { status: 'filled', cumQty: quantity('1.5') } } });
    const fills = sent.kind === 'done' ? sent.value.fills : [];
    expect(fills.map((fill) => [toDecimalString(fill.lastPx), toDecimalString(fill.lastQty), fill.role])).toEqual([
      ['60010', '1', 'taker'],
      ['60020', '0.5', 'taker'],
    ]);
    expect(fills.map((fill) => [toDecimalString(fill.fee), fill.feeAsset])).toEqual([
      ['0.001', 'BTC'],
      ['0.0005', 'BTC'],
    ]);
    const history = await session.fillsSince('BTCUSDT', epochMs(before - 1_000));
    expect(
      history.kind === 'ok' &&
        history.value.rows.map(({ tradeId, venueOrderId, fee, lastQty, role }) => ({
          tradeId,
          venueOrderId,
          fee,
          lastQty,
          role,
        })),
    ).toEqual(
      fills.map(({ tradeId, venueOrderId, fee, lastQty, role }) => ({ tradeId, venueOrderId, fee, lastQty, role })),
    );
    expect(await session.balances()).toMatchObject({
      kind: 'ok',
      value: expect.arrayContaining([{ asset: 'BTC', free: decimal('11.4985'), locked: decimal('0') }]),
    });
    expect(await session.fees()).toMatchObject({
      kind: 'ok',
      value: { makerBps: decimal('10'), takerBps: decimal('10') },
    });
    const orders = await session.ordersSince('BTCUSDT', epochMs(before - 1_000));
    expect(orders.kind === 'ok' && orders.value.rows.map((one) => one.status)).toEqual(['filled']);
  });

  it.each<[string, Partial<PlaceRequest>, string]>([
    ['a post-only order that would take', { price: price('60010'), timeInForce: 'gtx' }, 'POST_ONLY_WOULD_CROSS'],
    ['an order beyond the balance', { orderQty: quantity('20') }, 'INSUFFICIENT_BALANCE'],
    ['an order below the minimum notional', { orderQty: quantity('0.00001') }, '-1013'],
  ])('is refused %s', async (_, over, code) => {
    expect(await session.place(order(over), fence())).toMatchObject({ kind: 'refused', why: { code } });
    expect(await sim.orders()).toEqual([]);
  });

  it('VE-A9 is told of a duplicate id, and the look-up finds the order working', async () => {
    const request = order();
    await session.place(request, fence());
    expect(await session.place(request, fence())).toMatchObject({ kind: 'unknown', hint: 'exists' });
    expect(await session.findOrder({ clientOrderId: request.clientOrderId, symbol: 'BTCUSDT' })).toMatchObject({
      kind: 'found',
      order: { status: 'working' },
    });
    expect(await sim.orders()).toHaveLength(1);
  });

  it('VE-A8 a claim from long ago is refused by the venue itself', async () => {
    const slept = { now: () => epochMs(Date.now() - 20_000) };
    const venue = createVenues({ SIM_VENUE_URL: sim.url }, slept).get(SIM_VENUE_ID)!;
    closing.push(venue);
    const account = await sim.openAccount('mine', {});
    const late = await venue.connect(account, { now: slept.now, offsetMs: () => 0, errorMs: () => 1 });
    expect(await late.place(order(), fence(slept.now()))).toMatchObject({
      kind: 'refused',
      why: { code: '-1021' },
      retryAt: expect.any(Number),
    });
    expect(await sim.orders()).toEqual([]);
  });

  it('VE-A5 a reply dropped after acceptance is unknown, and the order is found at once', async () => {
    await sim.control('POST', 'faults', { fault: 'drop_reply', match: { route: 'POST /api/v3/order' }, times: 1 });
    const request = order();
    expect(await session.place(request, fence())).toMatchObject({ kind: 'unknown' });
    const from = performance.now();
    expect(await session.findOrder({ clientOrderId: request.clientOrderId, symbol: 'BTCUSDT' })).toMatchObject({
      kind: 'found',
      order: { status: 'working' },
    });
    expect(performance.now() - from).toBeLessThan(5_000);
    expect(await sim.orders()).toHaveLength(1);
  });

  it.each<[string, object, string]>([
    ['a request lost before it was handled', { fault: 'drop_request' }, 'unknown'],
    ['503 after acceptance', { fault: 'status', args: { status: 503, when: 'after' } }, 'unknown'],
    ['VE-A10 503 with -1008', { fault: 'status', args: { status: 503, when: 'before', code: -1008 } }, 'unknown'],
    ['-1007, accepted', { fault: 'timeout_code', args: { accepted: true } }, 'unknown'],
    ['VE-A11 half a JSON', { fault: 'garble', args: { how: 'truncated' } }, 'unknown'],
    ['VE-A11 no order id', { fault: 'garble', args: { how: 'no_order_id' } }, 'unknown'],
    ['VE-A11 403 with HTML', { fault: 'status', args: { status: 403, when: 'before' } }, 'refused'],
    ['429', { fault: 'limit', args: { status: 429, retryAfter: 2 } }, 'refused'],
  ])('judges %s', async (_, fault, kind) => {
    await sim.control('POST', 'faults', { match: { route: 'POST /api/v3/order' }, times: 1, ...fault });
    expect((await session.place(order(), fence())).kind).toBe(kind);
  });
});

describe('user stream', () => {
  it('tells of orders, fills and balances, and agrees with the look-ups', async () => {
    const events: UserEvent[] = [];
    const gaps: string[] = [];
    const stream = session.userEvents(
      (event) => events.push(event),
      (gap) => gaps.push(gap.reason),
    );
    await until(() => stream.live);
    expect(gaps).toEqual(['CONNECTED']);

    const resting = order({ price: price('60000') });
    const sent = await session.place(resting, fence());
    await sim.control('POST', 'markets/BTCUSDT/trade', { price: '60000.00', qty: '0.04', side: 'SELL' });
    const orders = () => events.flatMap((event) => (event.kind === 'order' ? [event] : []));
    await until(() => orders().some((event) => event.fill !== null));
    await session.cancel({ symbol: 'BTCUSDT', clientOrderId: resting.clientOrderId, venueOrderId: null });
    await until(() => orders().some((event) => event.order.status === 'canceled'));

    expect(sent.kind).toBe('done');
    expect(
      orders().map(({ order: { clientOrderId, status, cumQty } }) => [clientOrderId, status, toDecimalString(cumQty)]),
    ).toEqual([
      [resting.clientOrderId, 'working', '0'],
      [resting.clientOrderId, 'working', '0.04'],
      [resting.clientOrderId, 'canceled', '0.04'],
    ]);
    const streamed = orders().flatMap((event) => (event.fill === null ? [] : [event.fill]));
    expect(streamed).toMatchObject([{ role: 'maker', lastPx: price('60000'), lastQty: quantity('0.04') }]);
    const history = await session.fillsSince('BTCUSDT', epochMs(0));
    expect(history.kind === 'ok' && history.value.rows.map((fill) => fill.tradeId)).toEqual(
      streamed.map((fill) => fill.tradeId),
    );
    expect(new Set(orders().map((event) => event.executionId)).size).toBe(3);
    expect(events.some((event) => event.kind === 'balances')).toBe(true);
    await stream.close();
  });
});

describe('feed', () => {
  let feed: Feed;
  beforeEach(() => {
    feed = createFeeds({ SIM_VENUE_URL: sim.url }, clock).get(SIM_VENUE_ID)!;
    closing.push(feed);
  });

  it('lists the instruments', async () => {
    const read = await feed.instruments();
    expect(
      read.kind === 'ok' && read.value.map((one) => [one.pair, one.symbol, toDecimalString(one.tick), one.status]),
    ).toEqual(expect.arrayContaining([['BTC-USDT', 'BTCUSDT', '0.01', 'trading']]));
  });

  it('VE-A20 follows the book through a gap and ends with the venue’s', async () => {
    const messages: FeedMessage[] = [];
    const book = new OrderBook();
    feed.subscribe('BTCUSDT', ['book', 'trades'], (message) => {
      messages.push(message);
      if (message.type === 'snapshot') book.applySnapshot(message.seq, message.bids, message.asks);
      if (message.type === 'delta') book.applyDelta(message.prevSeq, message.seq, message.bids, message.asks);
      if (message.type === 'resync') book.clear();
    });
    const statuses = () => messages.flatMap((m) => (m.type === 'status' ? [m.to] : []));
    await until(() => statuses().at(-1) === 'live');

    const move = (bid: string) =>
      sim.control('PUT', 'markets/BTCUSDT/book', { bids: [[bid, '3']], asks: [['60010.00', '4']] });
    await move('59991.00');
    await until(() => book.top(1).bids[0]?.price.eq('59991') === true);
    await sim.control('POST', 'faults', {
      fault: 'stream',
      match: { route: 'btcusdt@depth*' },
      args: { how: 'drop' },
      times: 1,
    });
    await move('59992.00');
    await until(
      async () => (await sim.control<{ faults: { fired: number }[] }>('GET', 'faults')).faults[0]?.fired === 1,
    );
    await move('59993.00');
    await until(() => statuses().includes('resyncing') && statuses().at(-1) === 'live');
    await until(() => book.top(1).bids[0]?.price.eq('59993') === true);

    const venue = (await (await fetch(`${sim.url}/api/v3/depth?symbol=BTCUSDT&limit=1000`)).json()) as {
      lastUpdateId: number;
      bids: [string, string][];
      asks: [string, string][];
    };
    const plain = (
      levels: readonly { price: Parameters<typeof toDecimalString>[0]; qty: Parameters<typeof toDecimalString>[0] }[],
    ) => levels.map((l) => [Number(toDecimalString(l.price)), Number(toDecimalString(l.qty))]);
    await until(() => book.seq === venue.lastUpdateId);
    expect(plain(book.top(1_000).bids)).toEqual(venue.bids.map((row) => row.map(Number)));
    expect(plain(book.top(1_000).asks)).toEqual(venue.asks.map((row) => row.map(Number)));
    const gap = messages.findIndex((m) => m.type === 'resync');
    expect(messages.slice(gap).find((m) => m.type === 'delta' || m.type === 'snapshot')?.type).toBe('snapshot');
  });

  it('tells of trades, and lists them afterwards', async () => {
    const trades: FeedMessage[] = [];
    const subscription = feed.subscribe('BTCUSDT', ['trades'], (m) => m.type === 'trade' && trades.push(m));
    await until(() => subscription.live);
    await sim.control('POST', 'markets/BTCUSDT/trade', { price: '60010.00', qty: '0.25', side: 'BUY' });
    await until(() => trades.length === 1);
    expect(trades).toMatchObject([{ aggressor: 'buy', price: price('60010'), qty: quantity('0.25') }]);
    const read = await feed.recentTrades('BTCUSDT');
    expect(read.kind === 'ok' && read.value).toMatchObject([{ aggressor: 'buy', qty: quantity('0.25') }]);
  });
});
