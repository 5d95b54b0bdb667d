import { bookedSpanMs, type LimitDraw, type Scopes } from '#domain';
import type { BudgetStore } from './budget-store.js';
import type { RedisGuard } from './redis-guard.js';
import { definitionOf, drawsAsFarAsNamed, type VenueLimits } from './venue-limits.js';
import type { WipeWatch } from './wipe-watch.js';

/** The limits of `call` that orders alone draw on and that can be known without a count of the venue. */
export function drawsOfOrdersOnly(limits: VenueLimits, call: string, scopes: Scopes): readonly LimitDraw[] {
  return drawsAsFarAsNamed(limits, call, { scopes, priority: 'place' }).filter(
    (draw) => draw.cost > 0 && definitionOf(limits, draw.id).ordersOnly === true && bookedSpanMs(draw) > 0,
  );
}

/** Ends the cold time of limits that nothing of ours counts on any more. Does nothing while calls may still be told anew. */
export async function openUnused(
  { wipes, guard, store }: { readonly wipes: WipeWatch; readonly guard: RedisGuard; readonly store: BudgetStore },
  draws: readonly LimitDraw[],
): Promise<void> {
  if (draws.length === 0) return;
  // what others have on their way must be known again before a limit is
  await wipes.check();
  if (!wipes.isSure || wipes.gatheringMs > 0) return;
  for (const draw of draws) {
    const found = await guard.run(() => store.rebuild({ draw, booked: [] }));
    if (found?.cold !== true) continue;
    const booked = found.needed.map((start) => ({ start, used: 0 }));
    await guard.run(() => store.rebuild({ draw, booked }));
  }
}
