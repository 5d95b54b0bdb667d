import type { SymbolDefinition } from '../matching/symbol-spec.js';

/** The perpetual contracts every simulator lists; TESTUSDT is meant for scripts. */
export const USDM_SYMBOLS: readonly SymbolDefinition[] = [
  {
    symbol: 'BTCUSDT',
    baseAsset: 'BTC',
    quoteAsset: 'USDT',
    tickSize: '0.1',
    stepSize: '0.001',
    minNotional: '50',
    maxPrice: '4529764',
    maxQty: '1000',
    maxMarketQty: '120',
  },
  {
    symbol: 'ETHUSDT',
    baseAsset: 'ETH',
    quoteAsset: 'USDT',
    tickSize: '0.01',
    stepSize: '0.001',
    minNotional: '20',
    maxPrice: '306177',
    maxQty: '10000',
    maxMarketQty: '2000',
  },
  {
    symbol: 'TESTUSDT',
    baseAsset: 'TEST',
    quoteAsset: 'USDT',
    tickSize: '0.01',
    stepSize: '0.001',
    minNotional: '5',
    maxPrice: '1000000',
    maxQty: '900000',
    maxMarketQty: '900000',
  },
];
