import { z } from 'zod';
import { Dec, price, quantity, type Decimal, type Instrument, type VenueId } from '#domain';
import { UNSUPPORTED, type Cause, type FeeSchedule, type VenueSymbol } from '../../ports.js';
import type { CcxtExchange } from '../load-ccxt.js';
import * as wire from '../wire.js';
import type { AnyExchange } from './profile.js';

const RELOAD_AFTER_MS = 3_600_000;
/** ccxt's numbers of its two ways of writing a precision that say a step; the third counts digits and says none. */
const DECIMAL_PLACES = 2;
const TICK_SIZE = 4;

const figure = z.union([z.string(), z.number()]).transform(String).pipe(wire.signed);
const perhaps = figure.nullish().catch(null);
const flag = z.boolean().nullish().catch(null);
const marketRow = z.object({
  id: wire.name,
  symbol: wire.name,
  base: wire.name,
  quote: wire.name,
  spot: flag,
  swap: flag,
  linear: flag,
  active: flag,
  contractSize: perhaps,
  maker: perhaps,
  taker: perhaps,
  precision: z.object({ amount: figure, price: figure }),
  limits: z.object({ amount: z.object({ min: perhaps }).nullish(), cost: z.object({ min: perhaps }).nullish() }),
});

/** One instrument: ccxt's own name of it, and ours. */
export interface Market {
  readonly ccxtSymbol: string;
  readonly instrument: Instrument;
  readonly fees: FeeSchedule;
}

/** The instruments of one exchange, loaded by an instance without keys and lent to those with keys. */
export class Markets {
  private bySymbol = new Map<VenueSymbol, Market>();
  private byCcxt = new Map<string, Market>();
  private source: CcxtExchange | null = null;
  private loadedAtMs = -Infinity;

  constructor(
    private readonly venue: VenueId,
    private readonly place: AnyExchange,
  ) {}

  get isStale(): boolean {
    return performance.now() - this.loadedAtMs > RELOAD_AFTER_MS;
  }

  get list(): readonly Market[] {
    return [...this.bySymbol.values()];
  }

  /** Takes what `source` has just loaded. A name that two instruments share is left out: it could mean either. */
  take(source: CcxtExchange): void {
    const found = Object.values(source.markets ?? {}).flatMap((row) => this.read(row, Number(source.precisionMode)));
    const count = new Map<string, number>();
    for (const { instrument } of found) count.set(instrument.symbol, (count.get(instrument.symbol) ?? 0) + 1);
    const single = found.filter(({ instrument }) => count.get(instrument.symbol) === 1);
    this.bySymbol = new Map(single.map((one) => [one.instrument.symbol, one]));
    this.byCcxt = new Map(single.map((one) => [one.ccxtSymbol, one]));
    this.source = source;
    this.loadedAtMs = performance.now();
  }

  /** Makes `exchange` know them without asking; false when there are none yet. */
  lend(exchange: CcxtExchange): boolean {
    if (this.source === null) return false;
    if (exchange.markets !== this.source.markets) {
      (exchange.setMarketsFromExchange as (source: CcxtExchange) => unknown)(this.source);
    }
    return true;
  }

  of(symbol: VenueSymbol): Market | Cause {
    const market = this.bySymbol.get(symbol);
    if (market !== undefined) return market;
    if (this.source === null) return { code: 'MARKETS_UNAVAILABLE', text: `${this.venue} has told no instruments yet` };
    return { code: UNSUPPORTED, text: `${this.venue} has no ${symbol} that can be traded from here` };
  }

  /** The exchange's own name of what ccxt calls `ccxtSymbol`; of an instrument that is not traded here ccxt's. */
  nameOf(ccxtSymbol: string): VenueSymbol {
    return this.byCcxt.get(ccxtSymbol)?.instrument.symbol ?? ccxtSymbol;
  }

  private read(row: unknown, mode: number): Market[] {
    const market = marketRow.safeParse(row).data;
    if (market === undefined) return [];
    const { spot, swap, linear, contractSize, precision, limits } = market;
    const isOne = contractSize?.eq(1) === true;
    if (this.place.product === 'spot' ? spot !== true : !(swap === true && linear === true && isOne)) return [];
    const [lot, tick] = [stepOf(precision.amount, mode), stepOf(precision.price, mode)];
    if (lot === null || tick === null) return [];
    const least = limits.amount?.min;
    return [
      {
        ccxtSymbol: market.symbol,
        fees: {
          makerBps: wire.bps(market.maker ?? new Dec(0)),
          takerBps: wire.bps(market.taker ?? new Dec(0)),
        },
        instrument: {
          venue: this.venue,
          symbol: market.id,
          pair: `${market.base}-${market.quote}`,
          marketType: this.place.product === 'spot' ? 'spot' : 'perp',
          base: market.base,
          quote: market.quote,
          tick: price(tick.toFixed()),
          lot: quantity(lot.toFixed()),
          minQty: quantity((least?.gt(0) === true ? least : lot).toFixed()),
          minNotional: wire.leastNotional(limits.cost?.min ?? undefined),
          status: market.active === false ? 'halted' : 'trading',
        },
      },
    ];
  }
}

function stepOf(precision: Decimal, mode: number): Decimal | null {
  const step = mode === TICK_SIZE ? precision : mode === DECIMAL_PLACES ? new Dec(10).pow(precision.neg()) : null;
  return step?.gt(0) === true ? step : null;
}
