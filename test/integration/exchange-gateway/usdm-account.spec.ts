import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { price, quantity, type ParentOrderId } from '#domain';
import {
  AccountCommandRepository,
  AccountSettingsRepository,
  AccountStateRepository,
  HaltRepository,
  PositionRepository,
  scheduleWork,
  type AccountCommand,
  type NewChildOrder,
} from '#persistence';
import { openGatewayWorld, type GatewayWorld } from '../../support/gateway-world.js';
import { startOrderScheduler } from '../../support/order-scheduler.js';
import { until } from '../../support/until.js';
import type { UsdmDesk } from '../../support/usdm-desk.js';

jest.setTimeout(60_000);

let world: GatewayWorld;
let desk: UsdmDesk;

beforeAll(async () => {
  world = await openGatewayWorld({
    usdm: '10000',
    // Often enough to be quick, seldom enough for the venue's weight limit on a slow machine.
    env: { RECONCILE_ALL_EVERY_MS: '3000' },
  });
  if (world.usdm === null) throw new Error('the world must have a USD-M account');
  desk = world.usdm;
});
afterAll(() => world.close());
beforeEach(async () => {
  await desk.book('99.00', '101.00');
  await desk.mark('100.00');
  await untilStatus('trading');
});

const account = <T>(work: (states: AccountStateRepository) => Promise<T>): Promise<T> =>
  world.ledger.inTenant((tx) => work(new AccountStateRepository(tx, world.ledger.tenantId)));
const standing = () => account((states) => states.read(desk.accountId));
const untilStatus = (wanted: string) =>
  until(async () => (await standing())?.status === wanted, {
    timeoutMs: 20_000,
    everyMs: 50,
    what: `the account is ${wanted}`,
  });
const query = <T>(sql: string, parameters: unknown[] = []): Promise<T[]> =>
  world.ledger.inTenant((tx) => tx.query<T[]>(sql, parameters));
const settings = () =>
  world.ledger.inTenant((tx) => new AccountSettingsRepository(tx, world.ledger.tenantId).read(desk.accountId));

/** A parent with one child of this account; resting at 98 unless told otherwise. */
async function order(over: Partial<NewChildOrder> = {}, side: 'buy' | 'sell' = 'buy'): Promise<ParentOrderId> {
  const parent = await desk.addParent({ side, orderQty: '100' });
  await world.addChild(parent, { ...desk.place, side, price: price(side === 'buy' ? '98' : '102'), ...over });
  return parent;
}
const takes = (side: 'buy' | 'sell', qty: string, over: Partial<NewChildOrder> = {}) =>
  order({ price: price(side === 'buy' ? '101' : '99'), timeInForce: 'ioc', orderQty: quantity(qty), ...over }, side);
const cancelled = async (parent: ParentOrderId): Promise<void> => {
  await world.cancel(parent);
  await world.untilChild(parent, 'closed canceled');
};
/** What is held at the venue as our rows have it. */
const held = async (): Promise<string[]> =>
  (await world.ledger.inTenant((tx) => new PositionRepository(tx, world.ledger.tenantId).ofAccount(desk.accountId)))
    .filter(({ qty }) => !qty.isZero())
    .map(({ side, qty }) => `${side} ${qty.toFixed()}`)
    .sort();
const untilHeld = (...wanted: string[]) =>
  until(async () => (await held()).join() === wanted.join(), { what: `held: ${wanted.join()}` });
const atVenue = async (parent: ParentOrderId) => {
  const { clientOrderId } = (await world.child(parent)).order;
  const { orders } = await world.sim.control<{ orders: { clientOrderId: string; status: string }[] }>(
    'GET',
    'ledger?product=usdm',
  );
  return orders.filter((one) => one.clientOrderId === clientOrderId).map(({ status }) => status);
};

type Wish = Pick<AccountCommand, 'kind' | 'symbol' | 'argument'>;
/** Asks for a change of a setting as the API does, and waits for its outcome. */
async function command(kind: Wish['kind'], argument: string, symbol = 'TESTUSDT'): Promise<AccountCommand> {
  const { tenantId, userId } = world.ledger;
  const commands = <T>(work: (commands: AccountCommandRepository) => Promise<T>) =>
    world.ledger.inTenant((tx) => work(new AccountCommandRepository(tx, tenantId)));
  const asked = await commands((c) => c.add(desk.accountId, userId, { kind, symbol, argument }));
  let found = asked;
  await until(
    async () => {
      found = (await commands((c) => c.find(asked.id))) ?? asked;
      return found.outcome !== null;
    },
    { timeoutMs: 15_000, what: `${kind} ${argument} is carried out or refused` },
  );
  return found;
}

describe('settings that differ from what is configured', () => {
  it('VE-A16 make the account read_only: cancels work, places are not sent, until a command sets them', async () => {
    const resting = await order();
    await world.untilChild(resting, 'working');
    await query('UPDATE account_states SET hedge_mode = true WHERE account_id = $1', [desk.accountId]);
    await untilStatus('read_only');
    expect((await standing())?.reason).toBe('hedge mode is off, configured on');

    const waiting = await order();
    const dueAt = async () =>
      (
        await query<{ due_at: Date }>(
          `SELECT due_at FROM due_work WHERE kind = 'child.submit' AND parent_order_id = $1`,
          [waiting],
        )
      )[0]?.due_at.getTime() ?? 0;
    const first = await dueAt();
    await until(async () => (await dueAt()) > first, { what: 'the gateway has put the child off' });
    expect((await world.child(waiting)).order).toMatchObject({ epoch: 0, state: { status: 'pending' } });
    await cancelled(resting);
    expect(await atVenue(resting)).toEqual(['CANCELED']);
    expect(await atVenue(waiting)).toEqual([]);

    // What waits here is an order too: nothing is changed under it.
    expect(await command('set_hedge_mode', 'on', '')).toMatchObject({
      outcome: 'refused',
      outcomeText: 'an order in TESTUSDT is open',
    });
    await cancelled(waiting);
    expect(await command('set_hedge_mode', 'on', '')).toMatchObject({ outcome: 'done' });
    await untilStatus('trading');
    expect(await desk.owner('GET', 'positionSide/dual')).toEqual({ dualSidePosition: true });
  });

  it('VE-A16 are noticed when the owner changes them elsewhere, and again when they are put back', async () => {
    expect(await command('set_leverage', '7')).toMatchObject({ outcome: 'done' });
    await untilStatus('trading');
    await desk.owner('POST', 'leverage', { symbol: 'TESTUSDT', leverage: '30' });
    await untilStatus('read_only');
    expect((await standing())?.reason).toBe('leverage of TESTUSDT is 30, configured 7');
    await desk.owner('POST', 'leverage', { symbol: 'TESTUSDT', leverage: '7' });
    await untilStatus('trading');
  });
});

describe('a hedged account', () => {
  it('VE-A16 holds both sides at once, each opened and reduced by its own, and no order without a side', async () => {
    const long = await takes('buy', '2', { positionSide: 'long' });
    const short = await takes('sell', '3', { positionSide: 'short' });
    await world.untilChild(long, 'closed filled');
    await world.untilChild(short, 'closed filled');
    await untilHeld('long 2', 'short -3');
    const neither = await takes('buy', '1');
    expect((await world.untilChild(neither, 'closed rejected')).order.state).toMatchObject({ code: '-4061' });

    expect(await command('set_hedge_mode', 'off', '')).toMatchObject({
      outcome: 'refused',
      outcomeText: 'there is a position in TESTUSDT',
    });
    // Of more than there is of its side only that leaves: the other side is another position.
    const tooMuch = await takes('sell', '2.5', { positionSide: 'long', reduceOnly: true });
    expect((await world.untilChild(tooMuch, 'closed expired')).order.cumQty.toFixed()).toBe('2');
    await untilHeld('short -3');
    await world.untilChild(await takes('buy', '3', { positionSide: 'short', reduceOnly: true }), 'closed filled');
    await untilHeld();
    expect(await command('set_hedge_mode', 'off', '')).toMatchObject({ outcome: 'done' });
  });
});

describe('a change of settings', () => {
  it('VE-A16 stops placing first, is refused while anyone has an order there, and then is what is configured', async () => {
    const { orderId } = await desk.owner<{ orderId: number }>('POST', 'order', {
      ...{ symbol: 'TESTUSDT', side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', quantity: '1', price: '60' },
    });
    expect(await command('set_margin_type', 'isolated')).toMatchObject({
      outcome: 'refused',
      outcomeText: 'an order in TESTUSDT is open',
    });
    await desk.owner('DELETE', 'order', { symbol: 'TESTUSDT', orderId: String(orderId) });
    const working = () =>
      query(`SELECT 1 FROM external_orders WHERE account_id = $1 AND status = 'working'`, [desk.accountId]);
    await until(async () => (await working()).length === 0, { what: 'its end is known' });
    expect(await command('set_margin_type', 'isolated')).toMatchObject({ outcome: 'done', outcomeText: 'changed' });
    await untilStatus('trading');
    expect((await settings()).bySymbol.get('TESTUSDT')).toEqual({ leverage: '7', marginType: 'isolated' });
    expect(await desk.owner('GET', 'symbolConfig', { symbol: 'TESTUSDT' })).toMatchObject([
      { leverage: 7, marginType: 'ISOLATED' },
    ]);
    const audited = await query<{ event: string; kind: string }>(
      `SELECT event, data ->> 'kind' AS kind FROM audit_log WHERE entity_id = $1 AND event LIKE 'COMMAND%' ORDER BY id DESC LIMIT 4`,
      [desk.accountId],
    );
    expect(audited.map(({ event, kind }) => `${event} ${kind}`)).toEqual([
      'COMMAND_DONE set_margin_type',
      'COMMAND_REQUESTED set_margin_type',
      'COMMAND_REFUSED set_margin_type',
      'COMMAND_REQUESTED set_margin_type',
    ]);
    const before = await query<{ to_status: string; reason: string }>(
      `SELECT to_status, reason FROM account_status_log WHERE account_id = $1 AND reason = 'settings change'`,
      [desk.accountId],
    );
    expect(new Set(before.map(({ to_status }) => to_status))).toEqual(new Set(['reconciling']));
  });
});

describe('positions', () => {
  it('VE-A16 are never turned by an order that only reduces them', async () => {
    await world.untilChild(await takes('buy', '2'), 'closed filled');
    await untilHeld('both 2');
    const close = await takes('sell', '3', { reduceOnly: true });
    await until(async () => (await world.child(close)).order.state.status === 'closed');
    await untilHeld();
    expect((await world.child(close)).order.cumQty.toFixed()).toBe('2');
    const again = await takes('sell', '1', { reduceOnly: true });
    expect((await world.untilChild(again, 'closed rejected')).order.state).toMatchObject({ code: '-2022' });
    await untilHeld();
  });

  it('VE-A16 that the venue liquidates are its own orders: shown as external, ours ended, nothing booked as ours', async () => {
    const opened = await takes('buy', '10');
    await world.untilChild(opened, 'closed filled');
    await untilHeld('both 10');
    const resting = await order({ price: price('70') });
    await world.untilChild(resting, 'working');
    await desk.book('85.00', '86.00');
    await desk.mark('85.00');
    await untilHeld();
    await world.untilChild(resting, 'closed canceled');
    const external = () =>
      query<{ client_text: string; status: string; cum_qty: string; side: string }>(
        `SELECT client_text, status, cum_qty, side FROM external_orders WHERE account_id = $1 AND client_text LIKE 'autoclose-%'`,
        [desk.accountId],
      );
    await until(async () => (await external())[0]?.status === 'filled', {
      timeoutMs: 10_000,
      what: 'the forced order is shown',
    });
    expect(await external()).toMatchObject([{ side: 'sell', cum_qty: expect.stringMatching(/^10\./) }]);
    for (const parent of [opened, resting])
      expect(await query('SELECT 1 FROM fills WHERE parent_order_id = $1', [parent])).toHaveLength(
        parent === opened ? 1 : 0,
      );
    expect(await world.metrics.text()).toMatch(/fill_anomalies_total\{venue="sim-usdm",kind="foreign"\} [1-9]/);
    await untilStatus('trading');
  });
});

it('moves what rests in one call where the venue can, and keeps the order, decided and sent by the real services', async () => {
  const { ledger } = world;
  await desk.market.quote('99', '101');
  const parent = await desk.addParent({ orderQty: '10', durationMs: 1_200_000 });
  const wake = { kind: 'parent.wake', tenantId: ledger.tenantId, parentOrderId: parent, sequence: -1 } as const;
  await ledger.inTenant((tx) => scheduleWork(tx, wake, ledger.clock.now()));
  const scheduler = await startOrderScheduler(ledger.stores);
  try {
    const children = () => query('SELECT 1 FROM child_orders WHERE parent_order_id = $1', [parent]);
    await until(async () => (await children()).length === 1, { what: 'the engine has decided' });
    const first = await world.untilChild(parent, 'working');
    expect(first.price.toFixed()).toBe('99');
    await desk.book('99.50', '101.00');
    await desk.market.quote('99.50', '101');
    // A better bid wakes nobody: the child moves when the order is looked at next, once it is due again.
    const isMoved = async (): Promise<boolean> => {
      if ((await world.child(parent)).price.eq('99.50')) return true;
      await ledger.inTenant((tx) => scheduleWork(tx, wake, ledger.clock.now()));
      return false;
    };
    await until(isMoved, { everyMs: 1_000, what: 'the child is at the new bid' });
    const moved = await world.child(parent);
    expect([moved.order.state.status, moved.venueOrderId]).toEqual(['working', first.venueOrderId]);
    const trail = await query<{ event: string }>(
      `SELECT event FROM audit_log WHERE entity_id = $1 AND event ~ 'amend|cancel' ORDER BY id`,
      [moved.order.clientOrderId],
    );
    expect(trail.map(({ event }) => event)).toEqual(['amend_requested', 'amend_claimed', 'amended']);
    expect(await children()).toHaveLength(1);
    expect(await atVenue(parent)).toEqual(['NEW']);
  } finally {
    await scheduler.stop();
    await desk.market.quote('99', '101');
  }
  await cancelled(parent);
}, 120_000);

it('VE-B34 a halt cancels several orders of one symbol in one call', async () => {
  const parents: ParentOrderId[] = [];
  for (let n = 0; n < 6; n += 1) parents.push(await order({ price: price(`${90 + n}`) }));
  for (const parent of parents) await world.untilChild(parent, 'working');
  const { tenantId, userId } = world.ledger;
  const level = { level: 'account', scope: desk.accountId, mode: 'HALTED', cancelOpen: true, reason: 'drill' } as const;
  const id = await world.ledger.inTenant((tx) => new HaltRepository(tx, tenantId).add(level, userId as never));
  for (const parent of parents) await world.untilChild(parent, 'closed canceled');
  const text = await world.metrics.text();
  expect(text).toMatch(/request_seconds_count\{venue="sim-usdm",operation="cancel_many",outcome="done"\} 1$/m);
  for (const parent of parents) expect(await atVenue(parent)).toEqual(['CANCELED']);
  await world.ledger.inTenant((tx) => tx.query('UPDATE trading_halts SET released_at = now() WHERE id = $1', [id]));
});
