import type { SymbolMarket } from '../floor/symbol-market.js';
import type { ScriptedLevel, ScriptedMarket } from '../market/scripted-market.js';
import { units } from '../matching/scaled.js';
import { ControlError } from './control-error.js';
import { parseBody, type ControlRoute } from './control-http.js';
import { marketNamed, productOf, type ControlledProduct, type Simulator } from './simulator.js';
import { advanceBody, bookBody, pathBody, sourceBody, tradeBody } from './control-schemas.js';

/** What moves each symbol, and scripts for those that are scripted. */
export function marketRoutes(simulator: Simulator): ControlRoute[] {
  const describe = ({ sources }: ControlledProduct, market: SymbolMarket): Record<string, unknown> => ({
    symbol: market.spec.symbol,
    ...sources.describe(market.spec.symbol),
    lastUpdateId: market.updateId,
    lastTradeId: market.lastTradeId,
  });
  const script = ({ sources }: ControlledProduct, market: SymbolMarket): ScriptedMarket => {
    const found = sources.scriptOf(market.spec.symbol);
    if (found === null)
      throw new ControlError(409, 'NOT_SCRIPTED', `${market.spec.symbol} must be scripted first: PUT .../source`);
    return found;
  };
  return [
    {
      method: 'GET',
      path: '/control/markets',
      handle: ({ query }) => {
        const product = productOf(simulator, query);
        return { markets: [...product.floor.markets.values()].map((market) => describe(product, market)) };
      },
    },
    {
      method: 'PUT',
      path: '/control/markets/:symbol/source',
      handle: async ({ names, query, body }) => {
        const product = productOf(simulator, query);
        const market = marketNamed(product, names[0]);
        const problem = await product.sources.switchTo(market, parseBody(sourceBody, body));
        if (problem !== null) throw new ControlError(409, 'SOURCE_UNAVAILABLE', problem);
        return describe(product, market);
      },
    },
    {
      method: 'POST',
      path: '/control/markets/:symbol/advance',
      handle: async ({ names, query, body }) => {
        const product = productOf(simulator, query);
        const market = marketNamed(product, names[0]);
        const { steps } = parseBody(advanceBody, body);
        if (!(await product.sources.advance(market.spec.symbol, steps)))
          throw new ControlError(
            409,
            'NOT_MANUAL',
            `${market.spec.symbol} must be synthetic or replay with time manual`,
          );
        return describe(product, market);
      },
    },
    {
      method: 'POST',
      path: '/control/markets/:symbol/play',
      handle: ({ names, query }) => {
        const product = productOf(simulator, query);
        const market = marketNamed(product, names[0]);
        if (!product.sources.play(market.spec.symbol))
          throw new ControlError(409, 'NOT_A_TAPE', `${market.spec.symbol} must have a tape first: PUT .../source`);
        return describe(product, market);
      },
    },
    {
      method: 'PUT',
      path: '/control/markets/:symbol/book',
      handle: ({ names, query, body }) => {
        const product = productOf(simulator, query);
        const market = marketNamed(product, names[0]);
        const { bids, asks } = parseBody(bookBody, body);
        script(product, market).setBook(...uncrossed(levels(market, 'bids', bids), levels(market, 'asks', asks)));
        return describe(product, market);
      },
    },
    {
      method: 'POST',
      path: '/control/markets/:symbol/trade',
      handle: ({ names, query, body }) => {
        const product = productOf(simulator, query);
        const market = marketNamed(product, names[0]);
        const { price, qty, side } = parseBody(tradeBody, body);
        const [{ ticks, lots }] = levels(market, 'trade', [[price, qty]]) as [ScriptedLevel];
        script(product, market).trade(ticks, lots, side);
        return describe(product, market);
      },
    },
    {
      method: 'POST',
      path: '/control/markets/:symbol/path',
      handle: ({ names, query, body }) => {
        const product = productOf(simulator, query);
        const market = marketNamed(product, names[0]);
        const points = parseBody(pathBody, body).map(({ atMs, bid, ask, bidQty, askQty }) => {
          const [bids, asks] = uncrossed(
            levels(market, 'bid', [[bid, bidQty]]),
            levels(market, 'ask', [[ask, askQty]]),
          );
          return { atMs, bids, asks };
        });
        script(product, market).follow(points);
        return describe(product, market);
      },
    },
  ];
}

/** @throws ControlError for a price or quantity off its grid or above the symbol's largest, or a price given twice */
function levels(market: SymbolMarket, field: string, rows: readonly (readonly [string, string])[]): ScriptedLevel[] {
  const seen = new Set<number>();
  return rows.map(([price, qty]) => {
    const { spec } = market;
    const { tickSize, stepSize } = spec.definition;
    if (units(price) > BigInt(spec.maxTicks) * spec.tickUnits)
      throw invalid('PRICE', `${field}: price must be at most ${spec.priceText(spec.maxTicks)}, was ${price}`);
    if (units(qty) > BigInt(spec.maxLots) * spec.stepUnits)
      throw invalid('QTY', `${field}: qty must be at most ${spec.qtyText(spec.maxLots)}, was ${qty}`);
    const ticks = spec.ticksOf(units(price));
    const lots = spec.lotsOf(units(qty));
    if (ticks === null || ticks < 1)
      throw invalid('PRICE', `${field}: price must be a positive multiple of ${tickSize}, was ${price}`);
    if (lots === null || lots < 1)
      throw invalid('QTY', `${field}: qty must be a positive multiple of ${stepSize}, was ${qty}`);
    if (seen.has(ticks)) throw new ControlError(400, 'PRICE_TWICE', `${field}: price ${price} is given twice`);
    seen.add(ticks);
    return { ticks, lots };
  });
}

const invalid = (what: 'PRICE' | 'QTY', message: string): ControlError =>
  new ControlError(400, `${what}_INVALID`, message);

/** @throws ControlError when the script would cross itself */
function uncrossed(bids: ScriptedLevel[], asks: ScriptedLevel[]): [ScriptedLevel[], ScriptedLevel[]] {
  const best = Math.max(...bids.map(({ ticks }) => ticks));
  const cheapest = Math.min(...asks.map(({ ticks }) => ticks));
  if (best >= cheapest)
    throw new ControlError(
      400,
      'BOOK_CROSSED',
      `Best bid must be below best ask, was ${best} against ${cheapest} ticks`,
    );
  return [bids, asks];
}
