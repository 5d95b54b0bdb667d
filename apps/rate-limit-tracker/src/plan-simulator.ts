import type { Redis } from 'ioredis';
import { MAX_PLANNED_CALLS } from '#domain';
import { limitPlanQuery, QueryRefusedError, type QueryServer } from '#queues';
import type { BudgetReader } from '#venues';

/** Tells whoever plans whether the calls of a plan would pass the limits as they are now. */
export class PlanSimulator {
  constructor(
    private readonly readers: readonly BudgetReader[],
    private readonly redis: Pick<Redis, 'status'>,
  ) {}

  answer(server: Pick<QueryServer, 'answer'>, onError: (error: unknown) => void): void {
    server.answer(
      limitPlanQuery,
      async ({ venue, scopes, calls }) => {
        const reader = this.readers.find((one) => one.venue === venue);
        if (reader === undefined) throw new QueryRefusedError('unknown_venue', `no limits are known of ${venue}`);
        if (this.redis.status !== 'ready') throw new QueryRefusedError('no_redis', 'the counts cannot be read');
        const count = calls.reduce((sum, call) => sum + call.count, 0);
        if (count > MAX_PLANNED_CALLS)
          throw new QueryRefusedError('too_many', `a plan must have at most ${MAX_PLANNED_CALLS} calls, had ${count}`);
        const plan = calls.map(({ orders, ...call }) => ({ ...call, ...(orders === undefined ? {} : { orders }) }));
        try {
          const { now, ...told } = await reader.simulate(plan, withoutUndefined(scopes));
          return { at: now, ...told, needs: [...told.needs] };
        } catch (error) {
          if (error instanceof RangeError) throw new QueryRefusedError('invalid_call', error.message);
          throw error;
        }
      },
      onError,
    );
  }
}

function withoutUndefined<Key extends string>(values: { readonly [K in Key]?: string | undefined }): {
  [K in Key]?: string;
} {
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as { [K in Key]?: string };
}
