import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { decimal, price, quantity, type ParentOrderId, type RiskLimitRow } from '#domain';
import { HaltRepository, RiskRepository, type NewHalt } from '#persistence';
import { row } from '../../support/gate-input.js';
import { openGatewayWorld, type GatewayWorld } from '../../support/gateway-world.js';
import { decideChild } from '../../support/ledger-child.js';
import { seededRandom } from '../../support/simulated-order.js';
import { until } from '../../support/until.js';

let world: GatewayWorld;
let parent: ParentOrderId;

beforeAll(async () => {
  world = await openGatewayWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.market.quote('99', '101');
  parent = await world.ledger.addParent({ symbol: 'TESTUSDT' });
});

const userId = () => world.ledger.userId as Parameters<HaltRepository['add']>[1];
const setLimits = (set: Partial<RiskLimitRow>) =>
  world.ledger.inTenant((tx) =>
    new RiskRepository(tx, world.ledger.tenantId).put(
      { accountId: world.ledger.accountId, instrument: null },
      row(set),
      userId(),
    ),
  );
const halt = (over: Partial<NewHalt> = {}) =>
  world.ledger.inTenant((tx) =>
    new HaltRepository(tx, world.ledger.tenantId).add(
      { level: 'tenant', scope: '', mode: 'HALTED', cancelOpen: false, reason: 'test', ...over },
      userId(),
    ),
  );
const release = (id: string) =>
  world.ledger.inTenant(async (tx) => {
    const halts = new HaltRepository(tx, world.ledger.tenantId);
    expect(await halts.confirmRelease(id, userId())).toBe(false);
    await halts.requestRelease(id, userId());
    expect(await halts.confirmRelease(id, userId())).toBe(true);
  });
const denials = (parentOrderId: ParentOrderId) =>
  world.ledger.inTenant((tx) =>
    tx.query<Record<string, unknown>[]>(
      `SELECT code, control, enforced, limit_value, value, reference, reference_age_ms FROM risk_denials
       WHERE parent_order_id = $1 ORDER BY id`,
      [parentOrderId],
    ),
  );
const codeOf = async (parentOrderId: ParentOrderId, sequence = 0) => {
  const { state } = (await world.untilChild(parentOrderId, 'closed denied', undefined, sequence)).order;
  return 'code' in state ? state.code : '';
};
const atVenue = async (parentOrderId: ParentOrderId, sequence = 0) => {
  const { order } = await world.child(parentOrderId, sequence);
  return (await world.sim.orders()).filter((o) => o.clientOrderId === order.clientOrderId);
};

describe('the last gate on rows', () => {
  it('S-05 lets nothing out of instruments that the account’s key is not for', async () => {
    const keyFor = (instruments: readonly string[] | null) =>
      world.ledger.inTenant((tx) =>
        tx.query('UPDATE credential_facts SET instruments = $2 WHERE account_id = $1', [
          world.ledger.accountId,
          instruments,
        ]),
      );
    await keyFor(['OTHERUSDT']);
    await world.addChild(parent);
    expect(await codeOf(parent)).toBe('INSTRUMENT_RULE');
    expect(await atVenue(parent)).toEqual([]);
    await keyFor(['OTHERUSDT', 'TESTUSDT']);
    await world.addChild(parent, { sequence: 1 });
    await world.untilChild(parent, 'working', undefined, 1);
    await keyFor(null);
  });

  it('RC-04 lets nothing out by a reference that is old, crossed or missing', async () => {
    await world.market.silence(5_500);
    await world.addChild(parent);
    expect(await codeOf(parent)).toBe('REFERENCE_STALE');
    await world.market.quote('101', '100');
    await world.addChild(parent, { sequence: 1 });
    expect(await codeOf(parent, 1)).toBe('REFERENCE_CROSSED');
    const [stale, crossed] = await denials(parent);
    expect(stale).toMatchObject({ control: 'RC-04', enforced: true, limit_value: '5000' });
    expect(Number(stale?.reference_age_ms)).toBeGreaterThan(5_000);
    expect(crossed).toMatchObject({ limit_value: '100', value: '101' });
    expect(await atVenue(parent)).toEqual([]);
  });

  it('ends a Target Time order by its window, wherever an amendment moved that', async () => {
    const moveTo = (targetInMs: number) =>
      world.ledger.inTenant((tx) =>
        tx.query(
          `UPDATE parent_orders SET algorithm = 'target_time', activated_at = now() - interval '3 hours',
                  params = params || jsonb_build_object('targetTime', $2::double precision) WHERE id = $1`,
          [parent, world.ledger.clock.now() + targetInMs],
        ),
      );
    // A window of 5 min that was to end 2 h 57 min ago; what was out of limit meanwhile moves no window of wall time.
    await moveTo(0);
    await world.ledger.inTenant((tx) =>
      tx.query(
        `INSERT INTO order_intervals (parent_order_id, kind, from_at, tenant_id)
         VALUES ($1, 'out_of_limit', now() - interval '1 hour', $2)`,
        [parent, world.ledger.tenantId],
      ),
    );
    await world.addChild(parent);
    await world.untilChild(parent, 'working');
    // Half a window, FINISHER and its overtime after the target nothing leaves any more.
    await moveTo(-150_000 - 30_000 - 60_000);
    await world.addChild(parent, { sequence: 1 });
    expect(await codeOf(parent, 1)).toBe('PARENT_EXPIRED');
    await moveTo(7_200_000);
    await world.addChild(parent, { sequence: 2 });
    await world.untilChild(parent, 'working', undefined, 2);
  });

  it('RC-14 lets no taker out that was decided long ago, and what rests however late', async () => {
    const decidedAt = world.ledger.clock.now() - 10_800_000;
    const { tenantId } = world.ledger;
    for (const [sequence, timeInForce] of (['ioc', 'gtx'] as const).entries()) {
      await world.ledger.inTenant(async (tx) => {
        await decideChild(tx, world.ledger, parent, { sequence, timeInForce });
        await tx.query(
          `UPDATE child_orders SET created_at = to_timestamp($3::double precision / 1000)
           WHERE tenant_id = $4 AND parent_order_id = $1 AND sequence = $2`,
          [parent, sequence, decidedAt, tenantId],
        );
      });
    }
    expect(await codeOf(parent)).toBe('DECISION_STALE');
    await world.untilChild(parent, 'working', undefined, 1);
    const [denial] = await denials(parent);
    expect(denial).toMatchObject({ control: 'RC-14', enforced: true, limit_value: '10000' });
  });

  it('I-17 only reports on a simulated exchange, and stops once the account is strict', async () => {
    await setLimits({ maxQuantity: decimal('0.5'), maxNotional: decimal('90') });
    await world.addChild(parent);
    await world.untilChild(parent, 'working');
    expect((await denials(parent)).map((d) => [d.code, d.enforced])).toEqual([
      ['QUANTITY_ABOVE_MAX', false],
      ['NOTIONAL_ABOVE_MAX', false],
    ]);
    await setLimits({ maxQuantity: decimal('0.5'), allowed: ['*'], enforcement: 'strict' });
    await world.addChild(parent, { sequence: 1 });
    expect(await codeOf(parent, 1)).toBe('QUANTITY_ABOVE_MAX');
    expect((await denials(parent)).at(-1)).toMatchObject({
      enforced: true,
      control: 'RC-01',
      limit_value: '0.5',
      value: '1',
    });
    await world.addChild(parent, { sequence: 2, orderQty: quantity('0.5') });
    await world.untilChild(parent, 'working', undefined, 2);
    await setLimits({});
  });

  it('RC-03 measures by the account’s own collar, and stores the reference and its age', async () => {
    await setLimits({
      maxQuantity: decimal('5'),
      allowed: ['TESTUSDT:buy'],
      enforcement: 'strict',
      collarPct: decimal('0.5'),
    });
    await world.addChild(parent, { price: price('100.51'), timeInForce: 'ioc' });
    expect(await codeOf(parent)).toBe('PRICE_OUTSIDE_COLLAR');
    const [denial] = await denials(parent);
    expect(denial).toMatchObject({ limit_value: '100.5', value: '100.51', reference: '100' });
    expect(Number(denial?.reference_age_ms)).toBeLessThan(5_000);
    await setLimits({});
  });

  it('RC-05 and RC-08 hold when two processes claim at once', async () => {
    const second = await world.startGateway();
    await setLimits({
      maxQuantity: decimal('5'),
      allowed: ['*'],
      enforcement: 'strict',
      messagesPerSecond: 3,
      maxAccountExposure: decimal('100000'),
    });
    const parents = await Promise.all(Array.from({ length: 12 }, () => world.ledger.addParent({ symbol: 'TESTUSDT' })));
    // Away from what the tests before sent.
    await until(
      async () => {
        const [found] = await world.ledger.db.inSystem((tx) =>
          tx.query<{ n: number }[]>(
            `SELECT count(*)::integer AS n FROM account_messages WHERE at > clock_timestamp() - interval '1 second'`,
          ),
        );
        return found?.n === 0;
      },
      { what: 'a second without messages' },
    );
    await Promise.all(parents.map((id) => world.addChild(id)));
    const states = () => Promise.all(parents.map(async (id) => (await world.child(id)).order.state));
    await until(async () => (await states()).every((s) => s.status === 'working' || s.status === 'closed'));
    const claims = await world.ledger.inTenant((tx) =>
      tx.query<{ at: Date }[]>('SELECT claimed_at AS at FROM placements WHERE parent_order_id = ANY($1) ORDER BY 1', [
        parents,
      ]),
    );
    const times = claims.map((c) => c.at.getTime());
    const most = Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 1_000).length));
    expect(most).toBeLessThanOrEqual(3);
    // A claim that was not sent in time is made again, so claims may be more than children.
    const ends = (await states()).map((s) => (s.status === 'closed' ? s.code : s.status));
    expect(new Set(ends)).toEqual(new Set(['working', 'RATE_MESSAGES_EXCEEDED']));

    // Room for two and a half: of ten at once, two leave, whatever is open already.
    const open = await world.ledger.inTenant((tx) =>
      tx.query<{ sum: string }[]>(
        `SELECT COALESCE(sum((order_qty - cum_qty) * price), 0) AS sum FROM child_orders WHERE status <> 'closed'`,
      ),
    );
    await setLimits({
      maxQuantity: decimal('5'),
      allowed: ['*'],
      enforcement: 'strict',
      messagesPerSecond: 1_000,
      maxAccountExposure: decimal(String(Number(open[0]?.sum) + 2.5 * 98)),
    });
    const more = await Promise.all(Array.from({ length: 10 }, () => world.ledger.addParent({ symbol: 'TESTUSDT' })));
    await Promise.all(more.map((id) => world.addChild(id)));
    const outcome = () => Promise.all(more.map(async (id) => (await world.child(id)).order.state));
    await until(async () => (await outcome()).every((s) => s.status === 'working' || s.status === 'closed'));
    // From intent: those that wait count against each other, so that fewer may leave, but never more.
    expect((await outcome()).filter((s) => s.status === 'working').length).toBeLessThanOrEqual(2);
    expect((await outcome()).some((s) => s.status === 'closed' && s.code === 'EXPOSURE_ABOVE_LIMIT')).toBe(true);
    await setLimits({});
    await second.stop();
  });
});

describe('halts', () => {
  it('I-16 no new order leaves while halted, and trading goes on after a release in two steps', async () => {
    const id = await halt();
    await world.ledger.inTenant((tx) =>
      tx.query(
        `INSERT INTO trading_halts (tenant_id, level, scope, mode, cancel_open, reason)
         SELECT current_tenant(), 'strategy', n::text, 'HALTED', false, 'later ones' FROM generate_series(1, 600) n`,
      ),
    );
    await world.addChild(parent);
    expect(await codeOf(parent)).toBe('STATE_HALTED');
    expect(await atVenue(parent)).toEqual([]);
    await release(id);
    await world.addChild(parent, { sequence: 1 });
    await world.untilChild(parent, 'working', undefined, 1);
  });

  it('I-16 only what shrinks a position leaves while reducing', async () => {
    const id = await halt({ level: 'account', scope: world.ledger.accountId, mode: 'REDUCING' });
    await world.addChild(parent);
    expect(await codeOf(parent)).toBe('STATE_REDUCING');
    const selling = await world.ledger.addParent({ symbol: 'TESTUSDT', side: 'sell' });
    await world.addChild(selling, { side: 'sell', price: price('102') });
    await world.untilChild(selling, 'working');
    await release(id);
  });

  it.each(['global', 'venue'] as const)('I-16 a halt of level %s holds for every tenant', async (level) => {
    const id = await world.ledger.db.inTenant(world.ledger.otherTenantId, async (tx) => {
      const [other] = await tx.query<{ id: string }[]>('SELECT id FROM users LIMIT 1');
      return new HaltRepository(tx, world.ledger.otherTenantId).add(
        { level, scope: level === 'venue' ? 'sim' : '', mode: 'HALTED', cancelOpen: false, reason: 'test' },
        other?.id as unknown as ReturnType<typeof userId>,
      );
    });
    await world.addChild(parent);
    expect(await codeOf(parent)).toBe('STATE_HALTED');
    await release(id);
  });

  it('P-18 cancels what is open within 250 ms of the halt, its own rows its only list', async () => {
    const many = await Promise.all(Array.from({ length: 20 }, () => world.ledger.addParent({ symbol: 'TESTUSDT' })));
    await Promise.all(many.map((id) => world.addChild(id)));
    for (const id of many) await world.untilChild(id, 'working');
    const id = await halt({ cancelOpen: true });
    for (const one of many) await world.untilChild(one, 'closed canceled');
    const [timing] = await world.ledger.inTenant((tx) =>
      tx.query<{ first: number }[]>(
        `SELECT extract(epoch FROM min(c.cancel_requested_at) - h.created_at)::double precision * 1000 AS first
         FROM trading_halts h, child_orders c WHERE h.id = $1 AND c.parent_order_id = ANY($2) GROUP BY h.created_at`,
        [id, many],
      ),
    );
    expect(timing?.first).toBeLessThan(3_000); // room for a busy machine
    for (const one of many) expect((await atVenue(one)).map((o) => o.status)).toEqual(['CANCELED']);
    await release(id);
    const left = await world.ledger.db.inSystem((tx) => tx.query('SELECT 1 FROM halt_work'));
    expect(left).toEqual([]);
  });
});

it('I-17 a hostile scheduler gets nothing wrong out, with two processes to send it', async () => {
  const second = await world.startGateway();
  const random = seededRandom(17);
  const target = await world.ledger.addParent({ symbol: 'TESTUSDT', orderQty: '10', limitPrice: '99' });
  const ended = await world.ledger.addParent({ symbol: 'TESTUSDT', status: 'CANCELED' });
  const COUNT = 120;
  for (let sequence = 0; sequence < COUNT; sequence += 1)
    await world.addChild(random() < 0.1 ? ended : target, {
      sequence,
      side: random() < 0.9 ? 'buy' : 'sell',
      price: price((98 + random() * 2).toFixed(random() < 0.9 ? 2 : 3).replace(/\.(\d\d)0$/, '.$11')),
      orderQty: quantity((0.001 + random() * 4).toFixed(random() < 0.95 ? 3 : 4)),
      timeInForce: 'gtc',
    });
  const left = async () => {
    const [found] = await world.ledger.inTenant((tx) =>
      tx.query<{ n: number }[]>(
        `SELECT count(*)::integer AS n FROM child_orders WHERE parent_order_id = ANY($1) AND status IN ('pending', 'claimed')`,
        [[target, ended]],
      ),
    );
    return found?.n;
  };
  await until(async () => (await left()) === 0, { what: 'every child was judged' });
  const out = await world.ledger.inTenant((tx) =>
    tx.query<{ parent_order_id: string; side: string; price: string; order_qty: string; client_order_id: string }[]>(
      `SELECT parent_order_id, side, price, order_qty, client_order_id FROM child_orders
       WHERE parent_order_id = ANY($1) AND (status <> 'closed' OR close_reason <> 'denied')`,
      [[target, ended]],
    ),
  );
  expect(out.length).toBeGreaterThan(0);
  for (const child of out) {
    expect(child.parent_order_id).toBe(target);
    expect(child.side).toBe('buy');
    expect(Number(child.price)).toBeLessThanOrEqual(99);
    expect((Number(child.price) * 100) % 1).toBeCloseTo(0, 6);
  }
  expect(out.reduce((sum, child) => sum + Number(child.order_qty), 0)).toBeLessThanOrEqual(10);
  const known = new Set(out.map((child) => child.client_order_id));
  const children = await world.ledger.inTenant((tx) =>
    tx.query<{ client_order_id: string }[]>(
      'SELECT client_order_id FROM child_orders WHERE parent_order_id = ANY($1)',
      [[target, ended]],
    ),
  );
  const denied = new Set(children.map((c) => c.client_order_id).filter((one) => !known.has(one)));
  expect((await world.sim.orders()).filter((o) => denied.has(o.clientOrderId))).toEqual([]);
  await second.stop();
});
