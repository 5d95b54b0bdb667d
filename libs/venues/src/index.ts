export * from './ports.js';
export * from './client-order-id.js';
export * from './venue-config.js';
export { BinanceSpotVenue, type BinanceSpotOptions } from './binance/spot-venue.js';
export { BINANCE_SPOT_TRAITS } from './binance/traits.js';
