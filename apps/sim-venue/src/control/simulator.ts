import type { VenueFaults } from '../faults/venue-faults.js';
import type { ProductName } from '../floor/product.js';
import type { SymbolMarket } from '../floor/symbol-market.js';
import type { TradingFloor } from '../floor/trading-floor.js';
import type { OrderCounts } from '../limits/order-counts.js';
import type { Limits, RequestLimits } from '../limits/request-limits.js';
import type { MarketSources } from '../market/market-sources.js';
import type { Rest } from '../rest/rest-api.js';
import type { VenueSettings } from '../settings.js';
import type { VenueState } from '../venue-state.js';
import { ControlError } from './control-error.js';

/** One product as the control port sees it. */
export interface ControlledProduct {
  readonly name: ProductName;
  readonly floor: TradingFloor;
  readonly sources: MarketSources;
  readonly requestLimits: RequestLimits;
  readonly defaultLimits: Readonly<Limits>;
  readonly orderCounts: OrderCounts;
  readonly api: Rest;
}

/** What the control port controls. */
export interface Simulator {
  readonly now: () => number;
  readonly state: VenueState;
  readonly faults: VenueFaults;
  readonly settings: VenueSettings;
  readonly products: Readonly<Record<ProductName, ControlledProduct>>;
}

/** The product that `?product=` names, spot without it. @throws ControlError 400 */
export function productOf({ products }: Simulator, query: URLSearchParams): ControlledProduct {
  const named = query.get('product') ?? 'spot';
  if (named !== 'spot' && named !== 'usdm')
    throw new ControlError(400, 'PRODUCT_UNKNOWN', `product must be spot or usdm, was ${JSON.stringify(named)}`);
  return products[named];
}

/** @throws ControlError 404 */
export function marketNamed({ floor }: ControlledProduct, symbol: string | undefined): SymbolMarket {
  const market = floor.markets.get(symbol ?? '');
  if (market === undefined) throw new ControlError(404, 'SYMBOL_UNKNOWN', `No symbol ${JSON.stringify(symbol)}`);
  return market;
}
