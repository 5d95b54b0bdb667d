import { z } from 'zod';
import { units, unitsText } from '../matching/scaled.js';
import type { FuturesExchange } from '../usdm/futures-exchange.js';
import { ControlError } from './control-error.js';
import { parseBody, type ControlRoute } from './control-http.js';
import { marketNamed, type Simulator } from './simulator.js';

const decimal = z.string().regex(/^\d{1,20}(\.\d{1,8})?$/, 'must be a plain decimal with at most 8 decimals');
const rate = z.string().regex(/^-?\d(\.\d{1,8})?$/, 'must be a decimal with at most 8 decimals');
const fundingBody = z.strictObject({ symbol: z.string(), rate });
const markBody = z.strictObject({ price: decimal.nullable() });

/** What makes positions move without a trade: funding, and the mark price. */
export function futuresRoutes({ state, products }: Simulator): ControlRoute[] {
  const { usdm } = state;
  return [
    {
      method: 'POST',
      path: '/control/funding',
      handle: ({ body }) => {
        const { symbol, rate: given } = parseBody(fundingBody, body);
        const { spec } = marketNamed(products.usdm, symbol);
        if (usdm.markOf(spec.symbol) === 0n)
          throw new ControlError(
            409,
            'NO_MARK',
            `${spec.symbol} must have a mark price: give it a book, or PUT .../mark`,
          );
        const rateUnits = given.startsWith('-') ? -units(given.slice(1)) : units(given);
        usdm.fund(spec.symbol, rateUnits);
        return { symbol: spec.symbol, rate: unitsText(rateUnits), markPrice: unitsText(usdm.markOf(spec.symbol)) };
      },
    },
    {
      method: 'PUT',
      path: '/control/markets/:symbol/mark',
      handle: ({ names, body }) => {
        const { spec } = marketNamed(products.usdm, names[0]);
        const { price } = parseBody(markBody, body);
        if (price !== null && units(price) === 0n)
          throw new ControlError(
            400,
            'PRICE_INVALID',
            'price must be above 0, was 0; null lets the mark follow the book',
          );
        usdm.scriptMark(spec.symbol, price === null ? null : units(price));
        return markView(usdm, spec.symbol);
      },
    },
    {
      method: 'GET',
      path: '/control/insurance',
      handle: () => {
        const { insurance, fees, fundingPool, clearing, transferred } = usdm.ledger;
        return {
          insurance: unitsText(insurance),
          fees: unitsText(fees),
          fundingPool: unitsText(fundingPool),
          clearing: unitsText(clearing),
          transferred: unitsText(transferred),
        };
      },
    },
  ];
}

function markView(usdm: FuturesExchange, symbol: string): Record<string, unknown> {
  return { symbol, markPrice: unitsText(usdm.markOf(symbol)), scripted: usdm.marks.isScripted(symbol) };
}
