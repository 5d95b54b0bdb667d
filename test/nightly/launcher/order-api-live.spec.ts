import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Dec, deriveClientOrderId, ZERO, type Decimal, type ParentOrderId } from '#domain';
import { UpdatesClient } from '../../integration/api-gateway/updates-client.js';
import { compareWithVenue } from '../../support/compare-with-venue.js';
import { TrancheProcess } from '../../support/tranche-process.js';
import { until } from '../../support/until.js';

interface Fill {
  readonly qty: string;
  readonly notional: string;
  readonly fee: string;
  readonly fee_token: string;
}
interface Order {
  readonly id: string;
  readonly status: string;
  readonly active: boolean;
  readonly pct_filled: string;
  readonly time_end: string;
  readonly updated_at: string;
  readonly live_child_orders: number;
  readonly completion_reason: string | null;
  readonly failure_reason: string;
  readonly total_fee: string;
  readonly target_executed_qty: string;
  readonly placements: readonly { readonly status: string; readonly client_order_id: string }[];
  readonly fills: readonly Fill[];
}
/** The exchange's own word on an order of ours. */
interface VenueOrder {
  readonly clientOrderId: string;
  readonly status: string;
}
interface VenueAccount {
  readonly accountId: number;
  readonly name: string;
  readonly balances: Readonly<Record<string, { readonly free: string; readonly locked: string }>>;
  readonly usdm: { readonly positions: readonly { readonly symbol: string; readonly quantity: string }[] };
}

const MOST_CHILDREN = 500;
const OPEN = ['NEW', 'PARTIALLY_FILLED'];
const TWAP = { accounts: ['mock'], pair: 'ETH-USDT', side: 'buy', strategy: 'TWAP' };

let system: TrancheProcess;
beforeAll(async () => {
  system = await TrancheProcess.create({}, 'together');
});
afterAll(() => system.remove());

const order = (id: string): Promise<Order> => system.done('GET', `/api/order/${id}`);
const place = async (over: object): Promise<string> =>
  (await system.done<Order>('POST', '/api/orders/', { ...TWAP, ...over })).id;
const shows = (id: string, is: (order: Order) => boolean, what: string): Promise<void> =>
  until(async () => is(await order(id)), { everyMs: 100, what });
const ended = (id: string): Promise<void> =>
  shows(id, ({ active, live_child_orders: live }) => !active && live === 0, `order ${id} has ended`);

const sum = (values: readonly (string | number)[]): Decimal =>
  values.reduce<Decimal>((total, value) => total.add(value), ZERO);

/** What the exchange has of one order of ours. */
async function atVenue(id: string, product = 'spot'): Promise<VenueOrder[]> {
  const { orders } = (await system.control('GET', `ledger?product=${product}`)) as { orders: VenueOrder[] };
  const issued = new Set<string>(
    Array.from({ length: MOST_CHILDREN }, (_, n) => deriveClientOrderId(id as ParentOrderId, n)),
  );
  return orders.filter(({ clientOrderId }) => issued.has(clientOrderId));
}
const openAtVenue = async (id: string, product?: string): Promise<VenueOrder[]> =>
  (await atVenue(id, product)).filter(({ status }) => OPEN.includes(status));
const rests = (id: string, product?: string): Promise<void> =>
  until(async () => (await openAtVenue(id, product)).length > 0, { everyMs: 100, what: `${id} has an order at work` });

async function venueAccount(name: string): Promise<VenueAccount> {
  return (await system.control('GET', `accounts/${name}`)) as VenueAccount;
}
const whole = ({ balances }: VenueAccount, asset: string): Decimal =>
  sum([balances[asset]?.free ?? 0, balances[asset]?.locked ?? 0]);

it('OA-34 and OA-35 add the fills of a completed order up to its totals in exact decimal, and cancel it no more', async () => {
  const ids = await Promise.all([
    place({ side: 'sell', base_asset_qty: 1.5, duration: 6 }),
    place({ base_asset_qty: 1.2345, duration: 6 }),
  ]);
  for (const id of ids) await ended(id);
  const { orders: rows } = await system.done<{ orders: Record<string, string>[] }>(
    'GET',
    '/api/orders/?statuses=COMPLETE',
  );
  for (const id of ids) {
    const found = await order(id);
    expect(found).toMatchObject({ status: 'COMPLETE', completion_reason: 'filled', pct_filled: '100.00' });
    expect(found.fills.length).toBeGreaterThan(1);
    const row = rows.find((one) => one['id'] === id);
    expect(sum(found.fills.map(({ qty }) => qty)).toFixed()).toBe(row?.['executed_qty']);
    expect(sum(found.fills.map(({ qty }) => qty)).toFixed()).toBe(found.target_executed_qty);
    expect(new Dec(row?.['executed_notional'] ?? 0).toFixed()).toBe(
      sum(found.fills.map(({ notional }) => notional)).toFixed(),
    );
    const summary = await system.done<Order>('GET', `/api/order_summary/${id}`);
    expect([summary.placements, summary.fills, summary.target_executed_qty]).toEqual([[], [], row?.['executed_qty']]);
    const canceled = await system.ask('DELETE', `/api/order/${id}`);
    expect([canceled.status, canceled.body.code]).toEqual([409, 'already_complete']);
    expect(await order(id)).toMatchObject({ status: 'COMPLETE', completion_reason: 'filled' });
  }
  // What is sold pays its fee in the quote token: nothing is converted.
  const sold = await order(ids[0]);
  expect(new Set(sold.fills.map(({ fee_token: token }) => token))).toEqual(new Set(['USDT']));
  expect(new Dec(sold.total_fee).toFixed()).toBe(sum(sold.fills.map(({ fee }) => fee)).toFixed());
  expect((await compareWithVenue(system, ids)).differences).toEqual([]);
});

it('OA-39 pauses an order at the venue, and goes on with it after the time of the pause', async () => {
  let [id, end, pausedFrom, pausedBy] = ['', 0, 0, 0];
  let sent: VenueOrder[] = [];
  const isPausedAtWork = async (): Promise<boolean> => {
    id = await place({ base_asset_qty: 6, duration: 60, engine_passiveness: 1 });
    await rests(id);
    end = Date.parse((await order(id)).time_end);
    pausedFrom = Date.now();
    const paused = await system.done<Order>('POST', '/api/pause_order/', { order_id: id });
    pausedBy = Date.now();
    expect(paused).toMatchObject({ status: 'PAUSED', active: true });
    await shows(id, ({ live_child_orders: live }) => live === 0, 'its children are gone');
    sent = await atVenue(id);
    expect(sent.filter(({ status }) => OPEN.includes(status))).toEqual([]);
    if (sent.some(({ status }) => status === 'CANCELED')) return true;
    await system.done('DELETE', `/api/order/${id}`);
    return false;
  };
  await until(isPausedAtWork, { what: 'an order is paused before the market takes what rests' });

  // The engine trades on meanwhile, and sends nothing of this order.
  const other = await place({ strategy: 'Market', base_asset_qty: 0.1 });
  await ended(other);
  expect((await atVenue(id)).length).toBe(sent.length);
  expect(await order(id)).toMatchObject({ status: 'PAUSED', live_child_orders: 0 });

  const resumedFrom = Date.now();
  const resumed = await system.done<Order>('POST', '/api/resume_order/', { order_id: id });
  const resumedBy = Date.now();
  expect(resumed.status).toBe('ACTIVE');
  const moved = Date.parse(resumed.time_end) - end;
  expect(moved).toBeGreaterThanOrEqual(resumedFrom - pausedBy - 5);
  expect(moved).toBeLessThanOrEqual(resumedBy - pausedFrom + 5);
  await until(async () => (await atVenue(id)).length > sent.length, { everyMs: 100, what: 'it goes on' });
  await system.done('DELETE', `/api/order/${id}`);
  await ended(id);
  expect((await compareWithVenue(system, [id])).differences).toEqual([]);
});

it('OA-48 keeps a leg that trades, and cancels it at the venue with its multi order', async () => {
  const { id, child_order_ids: legs } = await system.done<{ id: string; child_order_ids: [string, string] }>(
    'POST',
    '/api/multi_orders/',
    {
      ...{ accounts: ['mock'], strategy: 'TWAP', duration: 60, engine_passiveness: 1 },
      child_orders: [
        { pair: 'ETH-USDT', side: 'buy', base_asset_qty: 6 },
        { pair: 'ETH:PERP-USDT', side: 'sell', base_asset_qty: 6 },
      ],
    },
  );
  const [spot, perp] = legs;
  await Promise.all([rests(spot), rests(perp, 'usdm')]);
  for (const leg of legs) {
    const refused = await system.ask('DELETE', `/api/order/${leg}`);
    expect([refused.status, refused.body.code]).toEqual([409, 'part_of_multi_order']);
    expect(await order(leg)).toMatchObject({ status: 'ACTIVE', active: true });
  }
  // Both are worked on after the refusals, too.
  await Promise.all([rests(spot), rests(perp, 'usdm')]);

  expect(await system.done('DELETE', `/api/multi_order/${id}`)).toMatchObject({ status: 'CANCELED' });
  for (const leg of legs) {
    await ended(leg);
    expect(await order(leg)).toMatchObject({ status: 'CANCELED', failure_reason: 'parent_canceled' });
  }
  expect([await openAtVenue(spot), await openAtVenue(perp, 'usdm')]).toEqual([[], []]);
});

/** What an order that rested has taken before it was cancelled. */
async function flatten(symbol: string, pair: string): Promise<void> {
  const { usdm } = await venueAccount('mock-perp');
  const held = new Dec(usdm.positions.find((position) => position.symbol === symbol)?.quantity ?? 0);
  if (held.isZero()) return;
  const side = held.isNegative() ? 'buy' : 'sell';
  const strategy_params = { reduce_only: true };
  await ended(await place({ strategy: 'Market', pair, side, base_asset_qty: held.abs().toFixed(), strategy_params }));
}

it('OA-51 sets a leverage that the venue then has, given as text and as a number', async () => {
  await flatten('ETHUSDT', 'ETH:PERP-USDT');
  const leverageAtVenue = async (): Promise<unknown> => {
    const { accountId } = await venueAccount('mock-perp');
    const { records } = (await system.control('GET', 'state')) as {
      records: { k: string; account: number; symbol: string; leverage: number }[];
    };
    return records.findLast((r) => r.k === 'usdm.leverage' && r.account === accountId && r.symbol === 'ETHUSDT')
      ?.leverage;
  };
  for (const leverage of ['5', 7, 5]) {
    expect(await leverageAtVenue()).not.toBe(Number(leverage));
    const body = { account_ids: ['mock'], pair: 'ETH:PERP-USDT', leverage };
    expect(await system.done('POST', '/api/set_leverage/', body)).toMatchObject({
      results: [{ account_name: 'mock', pair: 'ETH:PERP-USDT', leverage: String(leverage), success: true }],
    });
    expect(await leverageAtVenue()).toBe(Number(leverage));
  }
});

interface Asset {
  readonly symbol: string;
  readonly size: number;
  readonly notional: number;
  readonly market_type: string;
  readonly notional_pct_total: number;
}
const balances = async (): Promise<Asset[]> => {
  const body = await system.done<Record<string, { assets: Asset[] }>>(
    'GET',
    '/api/balances/?exchange_names=MockExchange&account_names=mock',
  );
  expect(Object.keys(body)).toEqual(['mock']);
  return body['mock']?.assets ?? [];
};

it('OA-52 and OA-53 show what the venue holds, sell at most the cap of each of it, and show less then', async () => {
  await ended(await place({ strategy: 'Market', pair: 'BTC:PERP-USDT', side: 'sell', base_asset_qty: 0.1 }));
  const held = async (): Promise<Record<string, Decimal>> => {
    const [spot, perp] = await Promise.all([venueAccount('mock'), venueAccount('mock-perp')]);
    const positions = perp.usdm.positions.filter(({ quantity }) => Number(quantity) !== 0);
    return {
      ...{ 'ETH-USDT': whole(spot, 'ETH'), 'BTC-USDT': whole(spot, 'BTC') },
      ...Object.fromEntries(
        positions.map(({ symbol, quantity }) => [`${symbol.replace('USDT', '')}:PERP-USDT`, new Dec(quantity)]),
      ),
    };
  };
  const before = await held();
  expect(before['BTC:PERP-USDT']?.isNegative()).toBe(true);
  const isShown = (assets: readonly Asset[], holdings: Record<string, Decimal>): boolean =>
    Object.entries(holdings).every(([pair, size]) =>
      assets.some((asset) => [pair, pair.replace('-USDT', '')].includes(asset.symbol) && size.eq(asset.size)),
    );
  let assets: Asset[] = [];
  await until(async () => isShown((assets = await balances()), before), { everyMs: 200, what: 'holdings are shown' });
  for (const type of ['spot', 'perp']) {
    const ofType = assets.filter(({ market_type: marketType }) => marketType === type);
    expect(ofType.length).toBeGreaterThan(0);
    const shares = sum(ofType.map(({ notional_pct_total: share }) => share));
    expect(shares.sub(1).abs().toNumber()).toBeLessThanOrEqual(ofType.length * 5e-7);
    const all = sum(ofType.map(({ notional }) => Math.abs(notional)));
    for (const { notional, notional_pct_total: share } of ofType)
      expect(Math.abs(share - Math.abs(notional) / all.toNumber())).toBeLessThanOrEqual(1e-6);
  }

  const closing = await system.done<{ orders: { id: string; pair: string; side: string }[]; errors: object[] }>(
    'POST',
    '/api/close_balances/',
    { max_notional: 1000 },
  );
  expect(closing.errors).toEqual([]);
  expect(closing.orders.map(({ pair }) => pair).sort()).toEqual(Object.keys(before).sort());
  const after: Record<string, Decimal> = {};
  for (const { id, pair, side } of closing.orders) {
    await ended(id);
    const { status, fills } = await order(id);
    expect([pair, status]).toEqual([pair, 'COMPLETE']);
    const [qty, paid] = [sum(fills.map((fill) => fill.qty)), sum(fills.map((fill) => fill.notional))];
    // The market may rise a little between the order's size and its fills.
    expect([pair, paid.gt(500), paid.lte(1001)]).toEqual([pair, true, true]);
    const [size] = [before[pair] ?? ZERO];
    after[pair] = side === 'sell' ? size.sub(qty) : size.add(qty);
    expect([pair, after[pair].abs().lt(size.abs())]).toEqual([pair, true]);
  }
  const show = (holdings: Record<string, Decimal>): object =>
    Object.fromEntries(Object.entries(holdings).map(([pair, size]) => [pair, size.toFixed()]));
  expect(show(await held())).toEqual(show(after));
  await until(async () => isShown(await balances(), after), { everyMs: 200, what: 'less is shown' });
});

it('OA-57 tells that an order with a later start, and one with a condition, begin when they do', async () => {
  const { ws, seq } = await UpdatesClient.subscribed(system.demo.apiUrl, system.demo.token);
  const startAt = Date.now() + 2_500;
  const minute = new Date(startAt + 1_000).toISOString().slice(0, 19);
  const ids = await Promise.all([
    place({ base_asset_qty: 3, duration: 60, start_datetime: new Date(startAt).toISOString() }),
    place({ base_asset_qty: 3, duration: 60, order_condition: `TIME >= dt${minute}` }),
  ]);
  const told = (id: string): (string | undefined)[] =>
    ws.updates.filter(({ data }) => data.order_id === id).map(({ data }) => data.update_type);
  expect(ids.map(told).flat()).not.toContain('order_activated');
  for (const id of ids) {
    await until(() => told(id).includes('order_activated'), { what: `${id} is told to begin` });
    expect(Date.now()).toBeGreaterThanOrEqual(startAt);
    expect(await system.done('DELETE', `/api/order/${id}`)).toMatchObject({ status: 'CANCELED' });
    await until(() => told(id).includes('order_canceled'), { what: `${id} is told to be canceled` });
    await ended(id);
    const lasting = told(id).filter((type) => type !== 'order_fill_received');
    expect(lasting).toEqual(['order_created', 'order_activated', 'order_canceled']);
    const statuses = ws.updates.filter(({ data }) => data.order_id === id).map(({ data }) => data.order?.['status']);
    expect(statuses.slice(0, 2)).toEqual(['SCHEDULED', 'ACTIVE']);
  }
  expect(ws.updates.map((update) => update.seq)).toEqual(ws.updates.map((_, n) => seq + 1 + n));
  ws.close();
});

it('OA-44 ends a strict and passive order at its time, though its orders at the venue found nobody', async () => {
  const { bids } = await system.done<{ bids: [number, number][] }>(
    'GET',
    '/api/get_order_book?pair=ETH-USDT&exchange_name=MockExchange',
  );
  const id = await place({
    ...{ base_asset_qty: 2, duration: 8, limit_price: Math.floor((bids[0]?.[0] ?? 0) * 0.97) },
    strategy_params: { strict_duration: true, passive_only: true },
  });
  await ended(id);
  const found = await order(id);
  expect(found).toMatchObject({
    ...{ status: 'COMPLETE', completion_reason: 'strict_end', failure_reason: '' },
    ...{ pct_filled: '0.00', fills: [] },
  });
  const late = Date.parse(found.updated_at) - Date.parse(found.time_end);
  expect(late).toBeGreaterThanOrEqual(0);
  const statuses = (await atVenue(id)).map(({ status }) => status);
  expect(statuses.length).toBeGreaterThan(0);
  expect(new Set(statuses)).toEqual(new Set(['CANCELED']));
});
