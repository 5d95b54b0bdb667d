import { emptyBudget, type BudgetState, type WindowState } from '../../libs/domain/src/rate-limit/budget-state.js';
import type { Priority } from '../../libs/domain/src/rate-limit/limit-definition.js';
import type { LimitDraw } from '../../libs/domain/src/rate-limit/limit-draw.js';
import { openState } from '../../libs/domain/src/rate-limit/limit-state.js';
import { release } from '../../libs/domain/src/rate-limit/release.js';
import { reserve, type ReserveRequest, type ReserveResult } from '../../libs/domain/src/rate-limit/reserve.js';
import { settle, type SettleRequest, type SettleResult } from '../../libs/domain/src/rate-limit/settle.js';

/** One budget under a clock that a test sets. */
export class BudgetBench {
  state: BudgetState = emptyBudget();
  constructor(public now: number) {}

  /** Known and unused, with the venue's clock known to `error`. */
  warm(draws: readonly LimitDraw[], error = 50): this {
    for (const d of draws) this.state.limits[d.name] = openState(d, this.now);
    this.state.clock = {
      lastNow: this.now,
      backs: 0,
      life: 0,
      offset: 0,
      samples: [{ offset: 0, error, at: this.now }],
    };
    return this;
  }

  reserve(token: string, draws: readonly LimitDraw[], more: Partial<ReserveRequest> = {}): ReserveResult {
    const request = { token, priority: 'place' as Priority, holdMs: 15_000, mode: 'normal' as const, at: 0, draws };
    const { state, result } = reserve(this.state, { ...request, ...more }, this.now);
    this.state = state;
    return result;
  }

  settle(token: string, draws: readonly LimitDraw[], more: Partial<SettleRequest> = {}): SettleResult {
    const request: SettleRequest = {
      token,
      outcome: 'success',
      sentAt: -1,
      repliedAt: -1,
      venueMs: -1,
      venueSlackMs: 0,
      draws,
      readings: [],
      closures: [],
    };
    const { state, result } = settle(this.state, { ...request, ...more }, this.now);
    this.state = state;
    return result;
  }

  release(token: string): boolean {
    const { state, released } = release(this.state, token);
    this.state = state;
    return released;
  }

  window(name: string, start: number): WindowState | undefined {
    const limit = this.state.limits[name];
    return limit?.kind === 'fixed_window' ? limit.windows[String(start)] : undefined;
  }

  used(name: string, start: number): number {
    return this.window(name, start)?.used ?? 0;
  }
}
