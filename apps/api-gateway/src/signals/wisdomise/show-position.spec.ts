import { expect, it } from '@jest/globals';
import { OPEN_ITEM, POSITION, takeProfit } from '../../../../../test/support/shown-positions.js';
import { decimal, epochMs, price, type Position } from '#domain';
import { jsonText } from '#order-intake';
import { showPosition, type ShownWith } from './show-position.js';

const SHOWN: ShownWith = {
  holding: { entered: decimal('3.41'), averageEntry: price('146.21'), exited: decimal('0'), averageExit: null },
  signal: { action: 'open', pair: 'SOL/USDT' },
  mark: price('146.62'),
  priceDecimals: 2,
};
const show = (position: Partial<Position> = {}, more: Partial<ShownWith> = {}) =>
  JSON.parse(jsonText(showPosition({ ...POSITION, ...position }, { ...SHOWN, ...more }))) as Record<string, unknown>;

it('shows the position of the contract, keys in its order', () => {
  expect(jsonText(showPosition(POSITION, SHOWN))).toBe(
    '{"status":"OPEN","position_side":"LONG","pair_name":"SOLUSDT","leverage":3,"amount":0.5,' +
      '"entry_time":"2026-03-02T09:01:00.412Z","exit_time":null,"entry_price":146.21,"exit_price":null,"pnl":0.84,' +
      '"stop_loss":131,"take_profit":162.11,"signal":{"action":"open","pair":"SOL/USDT"},' +
      '"manager":{"open_orders":[{"key":"in-1","condition":{"type":"true"},"amount":0.5,"order_type":"market",' +
      '"price":null,"applied":true,"applied_at":"2026-03-02T09:01:00.101Z"}],' +
      '"take_profit":[{"key":"tp-1","amount_ratio":0.4,"price_exact":158,"applied":false,"applied_at":null},' +
      '{"key":"tp-2","amount_ratio":1,"price_ratio":1.12,"applied":false,"applied_at":null}],' +
      '"stop_loss":[{"key":"sl-1","amount_ratio":1,"price_exact":131,"applied":false,"applied_at":null}]}}',
  );
});

it('shows a gated limit item', () => {
  const item = {
    ...OPEN_ITEM,
    gate: { op: '<=', price: price('141.5') },
    orderType: 'limit',
    limitPrice: price('141'),
    state: 'armed',
    appliedAt: null,
  } as const;
  const { manager } = show({ openItems: [item, { ...item, state: 'placed' }, { ...item, state: 'expired' }] });
  expect(manager).toMatchObject({
    open_orders: [
      {
        condition: { type: 'compare', op: '<=', left: 'price', right: 141.5 },
        order_type: 'limit',
        price: 141,
        applied: false,
      },
      { applied: true },
      { applied: false },
    ],
  });
});

it.each([
  ['armed', 'OPENING'],
  ['opening', 'OPENING'],
  ['open', 'OPEN'],
  ['closing', 'CLOSING'],
  ['closed', 'CLOSED'],
  ['cancelled', 'CANCELLED'],
] as const)('calls %s %s', (state, status) => {
  expect(show({ state })['status']).toBe(status);
});

it('shows what a position was when it has ended', () => {
  const closed = show(
    { state: 'closed', size: decimal('0'), closedAt: epochMs(1772445600000), side: 'short', leverage: null },
    {
      holding: { entered: decimal('2'), averageEntry: price('100'), exited: decimal('2'), averageExit: price('90') },
      mark: null,
    },
  );
  expect(closed).toMatchObject({
    position_side: 'SHORT',
    leverage: 1,
    amount: 0.5,
    exit_time: '2026-03-02T10:00:00.000Z',
    entry_price: 100,
    exit_price: 90,
    pnl: 10,
  });
});

it('counts what is still held at its mark, and exits at theirs', () => {
  const holding = {
    entered: decimal('4'),
    averageEntry: price('100'),
    exited: decimal('1'),
    averageExit: price('120'),
  };
  expect(show({ leverage: decimal('2') }, { holding, mark: price('96') })['pnl']).toBe(4); // (120 + 288 - 400) / 400 x 2
  expect(show({}, { holding, mark: null })['pnl']).toBeNull();
});

it('has no averages before the first fill, and no mean of what has none', () => {
  const holding = { entered: decimal('0'), averageEntry: null, exited: decimal('0'), averageExit: null };
  const ratioOnly = [takeProfit('tp', '1', { kind: 'ratio', ratio: decimal('1.1') })];
  expect(show({ state: 'armed', openedAt: null, closeItems: ratioOnly }, { holding })).toMatchObject({
    entry_time: null,
    entry_price: null,
    exit_price: null,
    pnl: null,
    stop_loss: null,
    take_profit: null,
  });
});

it('leaves fired items out of the mean', () => {
  const fired = { ...takeProfit('a', '0.5', { kind: 'exact', price: price('110') }), state: 'fired' } as const;
  const armed = takeProfit('b', '1', { kind: 'exact', price: price('0.000012345') });
  expect(show({ closeItems: [fired, armed] }, { priceDecimals: 8 })['take_profit']).toBe(0.00001234);
});
