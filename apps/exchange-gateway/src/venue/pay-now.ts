import { outcomeOf, type Budget, type PayCall } from '#venues';

/**
 * Pays for what a venue must ask before it can act for an account, as a query. Where counts are lost the venue's time is
 * asked first, which sets them again; what is refused then is not asked at all, and whoever needs it tries again later.
 */
export function payNow(desk: {
  readonly budget: Pick<Budget, 'reserve' | 'settle' | 'release'>;
  measureTime(priority: 'probe'): Promise<boolean>;
}): PayCall {
  const { budget } = desk;
  return async (call) => {
    let reserved = await budget.reserve(call, {}, 'query');
    if (!reserved.granted && reserved.cold.length > 0 && (await desk.measureTime('probe'))) {
      reserved = await budget.reserve(call, {}, 'query');
    }
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
