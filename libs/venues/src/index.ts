export * from './feed-port.js';
export * from './ports.js';
export * from './profile.js';
export * from './call-verdict.js';
export * from './client-order-id.js';
export * from './credentials/intake-box.js';
export * from './venue-config.js';
export * from './catalogue.js';
export { BinanceUsdmVenue, type BinanceUsdmOptions } from './binance/usdm-venue.js';
export { BinanceSpotVenue, type BinanceSpotOptions } from './binance/spot-venue.js';
export {
  BINANCE_SPOT_CALLS,
  BINANCE_SPOT_TRAITS,
  BINANCE_USDM_CALLS,
  BINANCE_USDM_TRAITS,
  binanceSpotProfile,
  binanceUsdmProfile,
} from './binance/traits.js';
export * from './budget/budget.js';
export { budgetRedis } from './budget/budget-redis.js';
export {
  CallSpender,
  outcomeOf,
  type CallSpenderParts,
  type SpendCall,
  type TellPaidCall,
  type WarmUp,
} from './budget/call-spender.js';
export { untilGranted, type Patience } from './budget/until-granted.js';
export { listsAllAtOnce, POLL_SHARE, pollEveryMs } from './budget/poll-period.js';
export { backoffMs, type Random } from './transport/backoff.js';
export { accountScopes } from './budget/account-scopes.js';
export { BudgetReader, type CeiledUsage, type PlannedCalls, type PlanNeed } from './budget/budget-reader.js';
export { DEFAULT_HOLD_MS, RateBudget, type BudgetObserver, type RateBudgetOptions } from './budget/rate-budget.js';
export type { EmergencyHoldings, EmergencyLedger, EmergencyPortion } from './budget/emergency-holdings.js';
export { limitsByVenue, type LimitedVenue } from './budget/limits-by-venue.js';
export { limitsConfig, LimitsFileError, type LimitsConfig } from './budget/limits-file.js';
export type { UsageLedger } from './budget/usage-ledger.js';
export { WaitingLine } from './budget/waiting-line.js';
export { limitsToldBy, type OpenOrderLimit, type ShippedLimit, type VenueLimits } from './budget/venue-limits.js';
export { PROTOCOLS_WITH_LIMITS, shippedLimits } from './budget/shipped-limits.js';
export { binanceSpotLimits, type BinanceSpotCall, type BinanceSpotLimits } from './binance/limits.js';
export { binanceUsdmLimits, type BinanceUsdmCall, type BinanceUsdmLimits } from './binance/usdm-limits.js';
export {
  announcedFigures,
  announceRequests,
  askCall,
  askEverySec,
  type AnnouncedFigures,
  type AnnouncedLimit,
  type FigureInForce,
} from './budget/announced-limit.js';
export { BinanceFeed, type BinanceFeedOptions } from './binance/feed/binance-feed.js';
export { spotFeed } from './binance/feed/spot-wire.js';
export { usdmFeed } from './binance/feed/usdm-wire.js';
export {
  MarketDataPublisher,
  MarketDataReader,
  type Holding,
  type MarketDataChannelOptions,
  type PriceName,
  type Publication,
} from './market-data/market-data-channel.js';
export type { PriceChange, PriceListener } from './market-data/kept-prices.js';
export type { PublishedPrice } from './market-data/price-script.js';
export { ReferencePrices, type Snapshots } from './market-data/reference-prices.js';
export { CCXT_ADAPTERS, ccxtAdapter, type CcxtAdapter, type CcxtPlace } from './ccxt/adapters.js';
