import type { BudgetState } from '../../libs/domain/src/rate-limit/budget-state.js';
import { scaleOf, type LimitDraw } from '../../libs/domain/src/rate-limit/limit-draw.js';
import { usageOf } from '../../libs/domain/src/rate-limit/usage.js';
import { broken } from './world-calls.js';

/** P2: a refusal takes nothing; it may only book holds that have ended by themselves. */
export function assertNothingTaken(before: BudgetState, after: BudgetState, token: string): void {
  if (after.limits === before.limits && after.tokens === before.tokens) return;
  if (after.tokens[token]) broken(`P2: a refused call holds a token`);
  let ended = 0;
  for (const [id, { phase }] of Object.entries(after.tokens)) {
    const was = before.tokens[id]?.phase;
    if (was === phase) continue;
    if (was !== 'open' || phase !== 'spent') broken(`P2: a refusal changed a token from ${was} to ${phase}`);
    ended += 1;
  }
  if (ended === 0) broken('P2: a refusal changed the limits');
}

/** P4: less than 90 % used on all limits grants a cancel. */
export function assertNoRoom(state: BudgetState, draws: readonly LimitDraw[], now: number): void {
  const isShort = draws.some((draw) => {
    const limit = state.limits[draw.name];
    if (!limit || limit.closed > 0) return limit !== undefined;
    if (limit.kind === 'fixed_window') {
      return Object.values(limit.windows).some(
        (w) => w.used + draw.cost > Math.floor((draw.limit * draw.ceiling) / 1_000),
      );
    }
    const { used, limitValue } = usageOf(state, draw, now);
    const most = draw.kind === 'lifetime_budget' ? 2 * limitValue : limitValue;
    const ceiling = draw.kind === 'credits' ? 900 : draw.ceiling;
    return used + draw.cost / scaleOf(draw.kind) > (most * ceiling) / 1_000 - 1;
  });
  if (!isShort) broken('P4: a cancel was refused although less than 90 % is used of every limit');
}
