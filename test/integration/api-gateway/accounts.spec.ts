import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { decimal, epochMs, type VenueOrderId } from '#domain';
import { AccountLeaseRepository, ExternalOrderRepository, PositionRepository, type ExternalOrder } from '#persistence';
import { ApiHarness, type User } from './api-harness.js';

let api: ApiHarness;
let user: User;
beforeAll(async () => {
  api = await ApiHarness.start();
  user = await api.addUser(['read', 'trade', 'cancel', 'admin']);
});
afterAll(() => api.stop());

const ORDER: ExternalOrder = {
  symbol: 'ETHUSDT',
  venueOrderId: '77' as VenueOrderId,
  clientText: 'autoclose-1',
  side: 'sell',
  status: 'working',
  orderQty: decimal('2'),
  cumQty: decimal('0.5'),
  price: decimal('1900'),
  venueAt: epochMs(1_764_000_000_000),
};
const seen = (orders: readonly ExternalOrder[]) =>
  api.asTenant(user, (tx) => new ExternalOrderRepository(tx, user.tenantId).save(user.accountId, orders));

it('shows orders of others, and takes the command to cancel the one that it names', async () => {
  await seen([ORDER]);
  const listed = await api.request('GET', '/manage/v1/accounts/mock/external-orders', user);
  expect(listed.json.external_orders).toMatchObject([
    {
      symbol: 'ETHUSDT',
      exchange_order_id: '77',
      client_order_id: 'autoclose-1',
      status: 'working',
      qty: '2',
      executed_qty: '0.5',
      price: '1900',
    },
  ]);
  const path = '/manage/v1/accounts/mock/external-orders/ETHUSDT/77/cancel';
  const first = await api.request('POST', path, user);
  expect([first.status, first.json.outcome]).toEqual([202, null]);
  const again = await api.request('POST', path, user);
  expect(again.json.id).toBe(first.json.id);
  const read = await api.request('GET', `/manage/v1/accounts/mock/commands/${String(first.json.id)}`, user);
  expect(read.json).toMatchObject({ kind: 'cancel_external', symbol: 'ETHUSDT', argument: '77', outcome: null });
  expect((await api.request('POST', path.replace('/77/', '/78/'), user)).status).toBe(404);
});

it('never lets an older word on an order of others replace a newer one, nor open what has ended', async () => {
  const later = epochMs(ORDER.venueAt + 1_000);
  await seen([{ ...ORDER, cumQty: decimal('1'), venueAt: later }]);
  await seen([ORDER]);
  const find = () =>
    api.asTenant(user, (tx) => new ExternalOrderRepository(tx, user.tenantId).find(user.accountId, 'ETHUSDT', '77'));
  expect((await find())?.cumQty.toFixed()).toBe('1');
  await seen([{ ...ORDER, cumQty: decimal('1'), status: 'canceled', venueAt: later }]);
  await seen([{ ...ORDER, cumQty: decimal('1'), venueAt: epochMs(later + 1) }]);
  expect((await find())?.status).toBe('canceled');
});

it('RL-S04 shows and commands nothing of another tenant or user', async () => {
  const stranger = await api.addUser(['read', 'cancel', 'admin']);
  const colleague = await api.addColleague(user);
  const own = await api.request('GET', '/manage/v1/accounts/mock/external-orders', stranger);
  expect(own.json.external_orders).toEqual([]);
  expect((await api.request('GET', '/manage/v1/accounts/mock/external-orders', colleague)).status).toBe(404);
  expect(
    (await api.request('POST', '/manage/v1/accounts/mock/external-orders/ETHUSDT/77/cancel', stranger)).status,
  ).toBe(404);
});

it('shows positions with their age, and those that a poll leaves out as gone', async () => {
  const held = await api.asTenant(user, (tx) =>
    new AccountLeaseRepository(tx).acquire('test', ['sim' as never], 60_000),
  );
  const epoch = held.find(({ accountId }) => accountId === user.accountId)?.epoch ?? -1;
  const position = {
    symbol: 'BTCUSDT',
    side: 'short' as const,
    qty: decimal('-0.5'),
    entryPx: decimal('60000'),
    markPx: decimal('59000'),
    unrealizedPnl: decimal('500'),
    leverage: decimal('5'),
    marginType: 'isolated' as const,
  };
  const save = (positions: readonly (typeof position)[], at: number) =>
    api.asTenant(user, (tx) =>
      new PositionRepository(tx, user.tenantId).save(user.accountId, positions, 'poll', epochMs(at), epoch),
    );
  const shown = async () => (await api.request('GET', '/manage/v1/accounts/mock/positions', user)).json.positions;
  expect(await save([position], 1_000)).toBe('saved');
  expect(await shown()).toMatchObject([
    { symbol: 'BTCUSDT', side: 'short', qty: '-0.5', entry_price: '60000', leverage: '5', is_stale: false },
  ]);
  await save([{ ...position, qty: decimal('-9') }], 999);
  expect(await shown()).toMatchObject([{ qty: '-0.5' }]);
  await save([], 2_000);
  expect(await shown()).toEqual([]);
});

it('takes one change of a setting at a time, and says what is wrong with others', async () => {
  const post = async (body: object) =>
    api.request('POST', '/manage/v1/accounts/mock/settings', { token: user.token, body });
  expect((await post({ symbol: 'BTCUSDT', leverage: 5 })).json).toMatchObject({
    kind: 'set_leverage',
    symbol: 'BTCUSDT',
    argument: '5',
  });
  expect((await post({ hedge_mode: true })).json).toMatchObject({ kind: 'set_hedge_mode', argument: 'on' });
  for (const body of [
    {},
    { hedge_mode: true, leverage: 5 },
    { hedge_mode: 'yes' },
    { leverage: 5 },
    { symbol: 'BTCUSDT', leverage: 0.5 },
    { symbol: 'BTCUSDT', margin_type: 'both' },
    { symbol: 'BTCUSDT', leverage: 5, more: 1 },
  ])
    expect((await post(body)).status).toBe(400);
});
