import { randomUUID } from 'node:crypto';
import type { LimitDraw } from '#domain';
import type { BudgetStore } from './budget-store.js';
import type { OpenCalls } from './open-calls.js';
import type { RedisGuard } from './redis-guard.js';

/** Tells a state that was lost what this process knows. Where nothing was lost, this changes nothing. */
export class Retelling {
  /** What the venue closed, by name, until a monotonic time. */
  private readonly closed = new Map<string, { readonly draw: LimitDraw; readonly until: number }>();

  constructor(
    private readonly store: BudgetStore,
    private readonly guard: RedisGuard,
    private readonly open: OpenCalls,
    private readonly monotonicMs: () => number,
  ) {}

  /** Whether there is anything to tell. */
  get isBusy(): boolean {
    const now = this.monotonicMs();
    for (const [name, { until }] of this.closed) if (until <= now) this.closed.delete(name);
    return this.closed.size > 0 || this.open.held().length > 0;
  }

  /** The venue closed the limit for `ms`. */
  noteClosed(draw: LimitDraw, ms: number): void {
    const until = this.monotonicMs() + ms;
    this.closed.set(draw.name, { draw, until: Math.max(until, this.closed.get(draw.name)?.until ?? 0) });
  }

  /** Tells what is closed first, so that nobody calls a venue that has banned us, then what is on its way. */
  async tellAll(): Promise<boolean> {
    return (await this.tellClosed()) && (await this.tellHeld());
  }

  /** @returns whether all of it was heard */
  async tellHeld(): Promise<boolean> {
    const held = this.open.held();
    if (held.length === 0) return true;
    const before = this.monotonicMs();
    const redisMs = await this.guard.run(() => this.store.time());
    if (redisMs === null) return false;
    const moment = { redisMs, before, after: this.monotonicMs() };
    for (const call of held) {
      const adoption = this.open.retold(call, moment);
      if (!adoption) continue;
      const { token, draws, at, holdMs, view } = adoption;
      const request = { token, draws, at, holdMs, view, priority: 'cancel', mode: 'adopt' } as const;
      const result = await this.guard.run(() => this.store.reserve(request));
      if (!result?.granted) return false;
      this.open.adopted(adoption, result.at);
    }
    return true;
  }

  /** As the answer to a call that cost nothing. */
  private async tellClosed(): Promise<boolean> {
    for (const [name, { draw, until }] of this.closed) {
      const ms = Math.ceil(until - this.monotonicMs());
      if (ms <= 0) continue;
      const draws = [{ ...draw, cost: 0, onSuccess: 0, onFailure: 0 }];
      const told = { token: randomUUID(), outcome: 'failure', draws, readings: [], closures: [{ name, ms }] } as const;
      const times = { sentAt: -1, repliedAt: -1, venueMs: -1, venueSlackMs: 0 };
      if (!(await this.guard.run(() => this.store.settle({ ...told, ...times })))) return false;
    }
    return true;
  }
}
