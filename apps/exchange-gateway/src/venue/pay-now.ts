import { outcomeOf, untilGranted, type Budget, type PayCall, type Patience, type Reservation } from '#venues';

/** Whoever opens a session waits for that long for its turn with a limit that market data uses up all the time. */
const PATIENCE_MS = 8_000;

/**
 * Pays for what a venue must ask before it can act for an account, as a query that takes turns with market data. Where
 * counts are lost the venue's time is asked first, which sets them again; what is refused for longer than a moment is not
 * asked at all, and whoever needs it tries again later.
 */
export function payNow(
  desk: {
    readonly budget: Pick<Budget, 'reserve' | 'settle' | 'release'>;
    readonly toldByTime: ReadonlySet<string>;
    measureTime(priority: 'probe'): Promise<boolean>;
  },
  patience: Omit<Patience, 'withinMs'> = {},
): PayCall {
  const { budget } = desk;
  return async (call) => {
    const ask = (): Promise<Reservation> => budget.reserve(call, {}, 'query', { turnOf: 'sessions' });
    const reserved = await untilGranted(
      async () => {
        const asked = await ask();
        if (asked.granted || !asked.cold.some((limit) => desk.toldByTime.has(limit))) return asked;
        return (await desk.measureTime('probe')) ? ask() : asked;
      },
      { ...patience, withinMs: PATIENCE_MS },
    );
    if (!reserved.granted) {
      const of = reserved.limit === '' ? '' : ` of ${reserved.limit}`;
      throw new Error(`${call} is not paid for: ${reserved.reason}${of}`);
    }
    const { token } = reserved;
    return async (answer) => {
      const [outcome, told] = outcomeOf(answer);
      await (outcome === 'not_sent' ? budget.release(token) : budget.settle(token, outcome, told));
    };
  };
}
