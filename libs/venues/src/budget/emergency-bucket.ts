import { EMERGENCY_SHARE, type LimitDraw } from '#domain';

interface Entry {
  readonly draws: readonly LimitDraw[];
  /** Monotonic time from which the call can no longer share a window with a new one, by window length. */
  leavesFrom: number;
}

/**
 * The share of each limit that the shared state never grants, spent by this process alone: for cancels
 * while Redis is down, and for probes after its state was lost (venues.md B7). Windows roll: a call leaves
 * one window length after its answer, so no aligned window of the venue can hold more than the share,
 * whatever the clocks say.
 */
export class EmergencyBucket {
  private readonly entries = new Map<string, Entry>();
  private readonly closedUntil = new Map<string, number>();

  /** `slots`: among how many processes the share is divided. `monotonicMs` never steps. */
  constructor(
    private readonly slots: number,
    private readonly monotonicMs: () => number,
  ) {}

  /** Takes the call's cost from the share of all its limits, or nothing: then says in how many ms to ask again. */
  take(token: string, draws: readonly LimitDraw[], holdMs: number): { taken: true } | Refused {
    const now = this.monotonicMs();
    this.forget(now);
    let worst: Refused | null = null;
    for (const draw of draws) {
      const waitMs = Math.max(this.closedMs(draw, now), this.fullMs(draw, now));
      if (waitMs > 0 && (!worst || waitMs > worst.waitMs)) {
        worst = { taken: false, limit: draw.id, waitMs, closed: this.closedMs(draw, now) > 0 };
      }
    }
    if (worst) return worst;
    this.entries.set(token, { draws, leavesFrom: now + holdMs });
    return { taken: true };
  }

  /** The answer is here: the call cannot arrive any later. */
  settle(token: string): void {
    const entry = this.entries.get(token);
    if (entry) entry.leavesFrom = Math.min(entry.leavesFrom, this.monotonicMs());
  }

  /** The call was never sent. */
  giveBack(token: string): void {
    this.entries.delete(token);
  }

  /** The venue closed the limit of that name for `ms`; holds for every later call of this process. */
  close(name: string, ms: number): void {
    const until = this.monotonicMs() + ms;
    this.closedUntil.set(name, Math.max(until, this.closedUntil.get(name) ?? 0));
  }

  private closedMs(draw: LimitDraw, now: number): number {
    return Math.max(0, (this.closedUntil.get(draw.name) ?? 0) - now);
  }

  private fullMs(draw: LimitDraw, now: number): number {
    if (draw.kind === 'ban' || draw.cost === 0) return 0;
    const share = Math.floor((draw.limit * EMERGENCY_SHARE) / 1000 / this.slots);
    if (draw.cost > share) return draw.windowMs;
    let free = share;
    const leaving: { at: number; cost: number }[] = [];
    for (const entry of this.entries.values()) {
      const cost = entry.draws.find((d) => d.name === draw.name)?.cost ?? 0;
      const at = entry.leavesFrom + draw.windowMs;
      if (cost === 0 || at <= now) continue;
      free -= cost;
      leaving.push({ at, cost });
    }
    leaving.sort((a, b) => a.at - b.at);
    let waitMs = 0;
    for (const { at, cost } of leaving) {
      if (free >= draw.cost) break;
      free += cost;
      waitMs = at - now;
    }
    return waitMs;
  }

  private forget(now: number): void {
    for (const [token, { draws, leavesFrom }] of this.entries) {
      if (draws.every((draw) => leavesFrom + draw.windowMs <= now)) this.entries.delete(token);
    }
  }
}

interface Refused {
  readonly taken: false;
  readonly limit: string;
  readonly waitMs: number;
  readonly closed: boolean;
}
