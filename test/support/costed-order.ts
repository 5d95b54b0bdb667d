import { decimal, notional, price, quantity, type ParentOrderId, type VenueId } from '#domain';
import { hastenWork, MarketSampleRepository, scheduleWork } from '#persistence';
import type { GatewayWorld } from './gateway-world.js';
import { startOrderScheduler } from './order-scheduler.js';
import { until } from './until.js';

/** A row of `order_costs` with its order's status. */
export type CostRow = Readonly<Record<string, string | null>> & {
  readonly missing: object;
  readonly details: {
    readonly markoutBps: {
      readonly taker: { readonly s30: { readonly value: string | null; readonly missing?: string } };
    };
    readonly latenessMs: { readonly max: { readonly value: string } };
  };
};

const TEN = Array.from({ length: 10 }, (_, n) => n);

/**
 * Drives a market order for 3, which was wanted at 99.7, to its end at the exchange, where 101 is asked. The market is
 * written down only then: 99 and 101 until the fill, 101 and 103 from then on; the public count learns of the fill, and of 2 that
 * others traded meanwhile, only after the end, too.
 * @returns what it cost as stored with its end, and once the market after it was known
 */
export async function driveToCost(world: GatewayWorld): Promise<{ readonly first: CostRow; readonly whole: CostRow }> {
  const { stores, tenantId, clock, db, inTenant, addParent } = world.ledger;
  const quote = (base: string, paid: string): Promise<void> =>
    world.market.quote('99', '101', {
      ...{ sigma1Bps: decimal('1'), sigma5Bps: decimal('2'), sigma10Bps: decimal('3'), medianMid60: price('100') },
      ...{ lastTradeId: '1', cumBaseVolume: quantity(base), cumQuoteVolume: notional(paid) },
    });
  await quote('1000', '99000');
  const id: ParentOrderId = await addParent({ symbol: 'TESTUSDT', orderQty: '3', durationMs: null });
  const work = { kind: 'parent.wake', tenantId, parentOrderId: id, sequence: -1 } as const;
  const change = `algorithm = 'market', activated_at = NULL, decision_price = 99.7`;
  await inTenant(async (tx) => {
    await tx.query(`UPDATE parent_orders SET ${change} WHERE id = $1`, [id]);
    await scheduleWork(tx, work, clock.now());
  });
  const stored = async (isIt: (cost: CostRow) => boolean, what: string): Promise<CostRow> => {
    let found: CostRow | undefined;
    const read = `SELECT c.*, p.status FROM order_costs c JOIN parent_orders p ON p.id = c.parent_order_id WHERE p.id = $1`;
    await until(
      async () => {
        [found] = await inTenant((tx) => tx.query<CostRow[]>(read, [id]));
        return found !== undefined && isIt(found);
      },
      { what },
    );
    if (found === undefined) throw new Error(`No cost of ${id}`);
    return found;
  };
  const engine = await startOrderScheduler(stores);
  try {
    const first = await stored(() => true, 'the cost is stored');
    const read = 'SELECT floor(extract(epoch FROM traded_at))::integer AS second FROM fills WHERE parent_order_id = $1';
    const [fill] = await inTenant((tx) => tx.query<{ second: number }[]>(read, [id]));
    const second = fill?.second ?? 0;
    const [venue, symbol, from] = ['sim' as VenueId, 'TESTUSDT', Math.floor(second / 10) - 1];
    const sample = (at: number) => ({
      bid: price(at <= second ? '99' : '101'),
      ask: price(at <= second ? '101' : '103'),
      cumBase: quantity(at <= second ? '1000' : '1005'),
      cumQuote: notional(at <= second ? '99000' : '99503'),
    });
    const chunks = TEN.map((n) => ({
      ...{ venue, symbol, chunk: from + n },
      samples: TEN.map((i) => sample((from + n) * 10 + i)),
    }));
    await db.inSystem((tx) => new MarketSampleRepository(tx).save(chunks));
    await quote('1007', '99707');
    // The wake-up that waits for the market after the last fill, at once.
    await inTenant((tx) => hastenWork(tx, work));
    return { first, whole: await stored((cost) => cost.spread_capture !== null, 'the cost is stored again') };
  } finally {
    await engine.stop();
  }
}
