import { describe, expect, it } from '@jest/globals';
import type { ListedVenue } from '../credentials/venue-list.js';
import { listExchanges, venueOfExchange } from './exchanges.js';

const venue = (id: string, exchange: string, product: ListedVenue['product'], tier: 1 | 2 = 2): ListedVenue => ({
  id,
  exchange,
  product,
  tier,
  cannotPromise: [],
});
const SIM = [venue('sim', 'MockExchange', 'spot', 1), venue('sim-usdm', 'MockExchange', 'linear', 1)];
const OKX = venue('okx', 'OKX', 'spot');
const BINANCE = [venue('binance-spot', 'Binance', 'spot'), venue('binance-usdm', 'Binance', 'linear')];

describe('exchanges by name', () => {
  it('call the default venue binance where there is no real one', () => {
    expect(listExchanges([...SIM, OKX])).toEqual([
      { name: 'binance', markets: ['SPOT', 'FUTURES'] },
      { name: 'okx', markets: ['SPOT'] },
    ]);
    expect(venueOfExchange('binance', 'SPOT', SIM)).toEqual({ ok: true, value: 'sim' });
    expect(venueOfExchange('Binance', 'FUTURES', SIM)).toEqual({ ok: true, value: 'sim-usdm' });
  });

  it('mean a real Binance by its name where there is one', () => {
    const venues = [...SIM, ...BINANCE];
    expect(listExchanges(venues).map(({ name }) => name)).toEqual(['mockexchange', 'binance']);
    expect(venueOfExchange('binance', 'FUTURES', venues)).toEqual({ ok: true, value: 'binance-usdm' });
    expect(venueOfExchange('mockexchange', 'FUTURES', venues)).toEqual({ ok: true, value: 'sim-usdm' });
  });

  it('take a venue by its own id as well', () => {
    const venues = [...SIM, venue('sim-b', 'MockExchange', 'spot', 1)];
    expect(venueOfExchange('sim-b', 'SPOT', venues)).toEqual({ ok: true, value: 'sim-b' });
    expect(venueOfExchange('mockexchange', 'SPOT', venues)).toEqual({ ok: true, value: 'sim' });
  });

  it('say what a name must be', () => {
    expect(venueOfExchange('foo', 'SPOT', [...SIM, OKX])).toEqual({
      ok: false,
      error: 'one of mockexchange, okx, binance, sim, sim-usdm',
    });
    expect(venueOfExchange('okx', 'FUTURES', [...SIM, OKX])).toEqual({
      ok: false,
      error: 'an exchange with the market FUTURES',
    });
    expect([listExchanges([]), venueOfExchange('binance', 'SPOT', [])]).toMatchObject([[], { ok: false }]);
  });
});
