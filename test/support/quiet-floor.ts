import type { ExchangeListener } from '../../apps/sim-venue/src/floor/listener.js';
import { TradingFloor } from '../../apps/sim-venue/src/floor/trading-floor.js';
import { NO_JOURNAL } from '../../apps/sim-venue/src/journal/journal.js';
import { SymbolSpec, type SymbolDefinition } from '../../apps/sim-venue/src/matching/symbol-spec.js';

/** A trading floor of any product on which no account has an order: the market moves by itself, unwatched. */
export function quietFloor(
  symbols: readonly SymbolDefinition[],
  listener: Partial<ExchangeListener> = {},
): TradingFloor {
  const nobody = (): never => {
    throw new Error('No account has an order here');
  };
  return new TradingFloor({
    symbols: symbols.map((definition) => new SymbolSpec(definition)),
    journal: NO_JOURNAL,
    now: () => 1_700_000_000_000,
    listener: {
      wantsUserEvents: () => false,
      userEvent: nobody,
      trade: () => undefined,
      bookChanged: () => undefined,
      firstFill: nobody,
      reset: () => undefined,
      ...listener,
    },
    settlement: {
      orderIdOf: nobody,
      loggedIdOf: nobody,
      fill: nobody,
      prevent: nobody,
      reserveIds: () => undefined,
    },
  });
}
