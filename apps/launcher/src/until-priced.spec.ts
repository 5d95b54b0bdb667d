import { describe, expect, it } from '@jest/globals';
import { epochMs, price, type MarketSnapshot, type VenueId } from '#domain';
import { untilPriced } from './until-priced.js';

const NOW = 1_700_000_000_000;
const market = (venue: string, mid: string | null, ageMs = 0): MarketSnapshot =>
  ({ venue: venue as VenueId, mid: mid === null ? null : price(mid), at: epochMs(NOW - ageMs) }) as MarketSnapshot;

/** Whether it is through at the first look, and whether it is when asked again after `later` was heard. */
async function tried(first: readonly MarketSnapshot[], later: readonly MarketSnapshot[] = first): Promise<boolean[]> {
  const priced = async (markets: readonly MarketSnapshot[]) => untilPriced({ all: () => markets }, 0, () => NOW);
  return [await priced(first), await priced(later)];
}

describe('the prices that a start waits for', () => {
  it('are those of every market of the simulated exchange that is followed', async () => {
    const [btc, eth] = [market('sim', '60000'), market('sim-usdm', '60001')];
    expect(await tried([], [btc])).toEqual([false, true]);
    expect(await tried([btc, market('sim', null)], [btc, eth])).toEqual([false, true]);
  });

  it('are not those of a run before', async () => {
    expect(await tried([market('sim', '60000', 5_001)], [market('sim', '60000', 5_000)])).toEqual([false, true]);
  });

  it('are not those of a vendor, which may be away', async () => {
    expect(await tried([market('binance-spot', '60000')])).toEqual([false, false]);
    expect(await tried([market('binance-spot', null), market('sim', '60000')])).toEqual([true, true]);
  });

  it('are waited for until they come', async () => {
    let looks = 0;
    const all = (): MarketSnapshot[] => ((looks += 1) < 3 ? [] : [market('sim', '60000')]);
    expect(await untilPriced({ all }, 60_000, () => NOW)).toBe(true);
    expect(looks).toBe(3);
  });
});
