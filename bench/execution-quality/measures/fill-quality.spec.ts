import { expect, it } from '@jest/globals';
import type { Side } from '#domain';
import { FillQuality } from './fill-quality.js';
import { MarketSeries } from './market-series.js';
import type { RunRecord } from './run-measures.js';

const FEES = { makerBps: 2, takerBps: 5 };
const SECOND = 1_000_000;

function recordOf(
  side: Side,
  fills: readonly (readonly [at: number, ticks: number, lots: number, purpose: string])[],
): RunRecord {
  return {
    order: { id: 'one', side, startAt: 0, durationMs: 10_000, lots: 10, slices: 2 },
    fills: fills.map(([at, ticks, lots, purpose]) => ({ at, ticks, lots, purpose, isMaker: purpose === 'clip' })),
    actions: 0,
    target: (u) => u,
  };
}

it('fills are told apart by their purpose, and a loss is what the price did against us afterwards', () => {
  const series = new MarketSeries();
  series.quote(0, 9_999, 10_001);
  series.quote(10 * SECOND, 9_989, 9_991); // ten seconds at 10,000, then 10 bps down
  series.quote(20 * SECOND, 9_989, 9_991.5);
  const quality = new FillQuality(series);
  quality.add(
    ['A', 10_000, 0.01, 'twap'],
    recordOf('buy', [
      [7 * SECOND, 9_999, 6, 'clip'],
      [2 * SECOND, 10_001, 4, 'catch_up'],
    ]),
    FEES,
  );
  quality.add(['A', 10_000, 0.01, 'twap'], recordOf('sell', [[7 * SECOND, 10_001, 10, 'clip']]), FEES);
  const [takers, clips] = quality.rows();
  expect(clips).toMatchObject({ purpose: 'clip', perOrder: 1 });
  expect(clips!.ofQuantity).toBeCloseTo(0.8, 12);
  expect(clips!.slippage).toBeCloseTo(-1, 3);
  expect(clips!.loss[1]).toBeCloseTo(-1, 3);
  // the buy lost nine, the sell won eleven, by six to ten lots
  expect(clips!.loss[5]).toBeCloseTo((0.6 * 9.005 - 11.005) / 1.6, 2);
  expect(clips!.loss[30]).toBeNull();
  expect(takers).toMatchObject({ purpose: 'catch_up', ofQuantity: 0.2, perOrder: 0.5 });
  expect(takers!.slippage).toBeCloseTo(1, 3);
  // of two orders: 0.8 of the quantity at 2 - 1, 0.2 of it at 5 + 1
  expect([clips!.allIn, takers!.allIn]).toEqual([expect.closeTo(0.8, 3), expect.closeTo(1.2, 3)]);
});
