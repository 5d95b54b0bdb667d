import type { EmergencyHoldings, EmergencyLedger, EmergencyPortion } from './emergency-holdings.js';

/** One limit as an emergency call meets it, whatever its kind. */
export interface EmergencyDraw {
  readonly name: string;
  readonly id: string;
  /** 0 draws nothing; only a closed limit refuses it. */
  readonly cost: number;
  /** What the shared state never grants of the limit, in its units. */
  readonly share: number;
  /** Counted by address: the share is divided among slots. Else it is an account's, and whole. */
  readonly isOfAddress: boolean;
  /** How long after its answer a call may still count at the venue: the window, or the time of a full refill. */
  readonly spanMs: number;
}

export interface EmergencyRefusal {
  readonly taken: false;
  readonly limit: string;
  /** When to ask again. */
  readonly waitMs: number;
}

interface Use {
  readonly cost: number;
  readonly spanMs: number;
  /** Monotonic time from which on the call cannot arrive any more; never rises. */
  leavesFrom: number;
}

/** What is noted in the ledger and not yet spent. */
interface Allowance {
  left: number;
  /** A call taken later could count longer than the note says. */
  readonly validUntil: number;
  readonly holdMs: number;
}

/** The ledger is written for this share of a portion at a time, in hundredths. */
const BLOCK = 10;
/** How long a block may be spent. */
const BLOCK_LIFE_MS = 10_000;
/** Without a portion: leases may come with the next renewal. */
const NOT_OURS_RETRY_MS = 1_000;
/** After the ledger failed it is not asked again for so long: a thousand cancels must not wait for it in turn. */
const LEDGER_RETRY_MS = 250;
/** The longest that a note of a limit without any refill can last. */
const LONGEST_MS = 30 * 86_400_000;

/**
 * The share of each limit that the shared state never grants, as far as it is this process's to spend: for cancels
 * while Redis is down or its counts are lost, and for the probes that set them again (venues.md B7). Windows roll: a
 * call leaves one span after its answer, so no window of the venue can hold more than the portion, whatever the clocks
 * say. What is spent is noted in the ledger before, so that whoever holds the portion next counts it as well.
 */
export class EmergencyBucket {
  private readonly uses = new Map<string, Use[]>();
  private readonly byToken = new Map<string, { name: string; use: Use }[]>();
  /** What earlier holders left, by limit and portion; read once per time that we hold it. */
  private readonly inherited = new Map<string, { epoch: number; used: number; endsAt: number }>();
  private readonly allowances = new Map<string, Allowance>();
  private readonly closedUntil = new Map<string, number>();
  private ledgerDownUntil = -Infinity;
  private pending: Promise<unknown> = Promise.resolve();

  /** `monotonicMs` never steps. Without a ledger nothing is known of other holders. */
  constructor(
    private readonly holdings: EmergencyHoldings,
    private readonly monotonicMs: () => number,
    private readonly ledger: EmergencyLedger | null = null,
  ) {}

  /**
   * Takes the call's cost from our portions of all its limits, or nothing: then says in how many ms to ask again. One
   * call at a time, so that none is paid from what another has taken.
   */
  take(
    token: string,
    draws: readonly EmergencyDraw[],
    holdMs: number,
    accountId?: string,
  ): Promise<{ readonly taken: true } | EmergencyRefusal> {
    const taken = this.pending.then(() => this.takeNow(token, draws, holdMs, accountId));
    this.pending = taken.catch(() => undefined);
    return taken;
  }

  /** The answer is here: the call cannot arrive any later. */
  settle(token: string): void {
    const now = this.monotonicMs();
    for (const { use } of this.byToken.get(token) ?? []) use.leavesFrom = Math.min(use.leavesFrom, now);
    this.byToken.delete(token);
  }

  /** The call was never sent. */
  giveBack(token: string): void {
    for (const { name, use } of this.byToken.get(token) ?? []) {
      const left = (this.uses.get(name) ?? []).filter((other) => other !== use);
      this.uses.set(name, left);
    }
    this.byToken.delete(token);
  }

  /** The venue closed the limit of that name for `ms`; holds for every later call of this process. */
  close(name: string, ms: number): void {
    const until = this.monotonicMs() + ms;
    this.closedUntil.set(name, Math.max(until, this.closedUntil.get(name) ?? 0));
  }

  private async takeNow(
    token: string,
    draws: readonly EmergencyDraw[],
    holdMs: number,
    accountId: string | undefined,
  ): Promise<{ taken: true } | EmergencyRefusal> {
    const closed = worst(draws, (draw) => this.closedMs(draw));
    if (closed) return closed;
    const paid: Paid[] = [];
    for (const draw of draws) {
      if (draw.cost === 0) continue;
      const portion = this.portionOf(draw, accountId);
      if (!portion) return { taken: false, limit: draw.id, waitMs: NOT_OURS_RETRY_MS };
      paid.push({ ...draw, portion });
    }
    try {
      for (const draw of paid) await this.inherit(draw);
      const full = worst(paid, (draw) => this.fullMs(draw));
      if (full) return full;
      for (const draw of paid) {
        if (!(await this.noteAhead(draw, holdMs))) return { taken: false, limit: draw.id, waitMs: NOT_OURS_RETRY_MS };
      }
    } catch {
      this.ledgerDownUntil = this.monotonicMs() + LEDGER_RETRY_MS;
      return { taken: false, limit: paid[0]?.id ?? '', waitMs: LEDGER_RETRY_MS };
    }
    const leavesFrom = this.monotonicMs() + holdMs;
    const taken = paid.map((draw) => {
      const { cost, spanMs, name } = draw;
      const use: Use = { cost, spanMs, leavesFrom };
      this.uses.set(name, [...(this.uses.get(name) ?? []), use]);
      const allowance = this.allowances.get(keyOf(draw));
      if (allowance) allowance.left -= cost;
      return { name, use };
    });
    this.forgetPast();
    this.byToken.set(token, taken);
    return { taken: true };
  }

  /** Null when this process may spend nothing of the limit. A share that is too small to be divided goes to one. */
  private portionOf(draw: EmergencyDraw, accountId: string | undefined): Portion | null {
    if (!draw.isOfAddress) {
      const account = accountId === undefined ? null : this.holdings.account(accountId);
      return account && { ...account, share: draw.share };
    }
    const divided = Math.floor(draw.share / this.holdings.slots);
    const holding = divided > 0 ? this.holdings.slot() : this.holdings.venue();
    return holding && { ...holding, share: divided > 0 ? divided : draw.share };
  }

  private async inherit(draw: Paid): Promise<void> {
    const { ledger } = this;
    const { portion } = draw;
    const key = keyOf(draw);
    if (!ledger || this.inherited.get(key)?.epoch === portion.epoch) return;
    const left = await this.asked(() => ledger.useOf(draw.name, portion.id));
    const endsAt = this.monotonicMs() + (left?.forMs ?? 0);
    this.inherited.set(key, { epoch: portion.epoch, used: left?.used ?? 0, endsAt });
    this.allowances.delete(key);
  }

  /** False when the portion is no longer ours. */
  private async noteAhead(draw: Paid, holdMs: number): Promise<boolean> {
    const { ledger } = this;
    if (!ledger) return true;
    const { portion } = draw;
    const key = keyOf(draw);
    const known = this.allowances.get(key);
    const now = this.monotonicMs();
    if (known && known.left >= draw.cost && known.holdMs >= holdMs && now < known.validUntil) return true;
    const block = Math.max(draw.cost, Math.floor((portion.share * BLOCK) / 100));
    const inherited = this.inherited.get(key);
    const inheritedMs = inherited ? inherited.endsAt - now : 0;
    const used = this.outstanding(draw).reduce((sum, { cost }) => sum + cost, 0) + block;
    const forMs = Math.min(Math.max(BLOCK_LIFE_MS + holdMs + draw.spanMs, inheritedMs), LONGEST_MS);
    if (!(await this.asked(() => ledger.noteUse(draw.name, portion.id, { used, forMs })))) return false;
    this.allowances.set(key, { left: block, validUntil: now + BLOCK_LIFE_MS, holdMs });
    return true;
  }

  private asked<Result>(question: () => Promise<Result>): Promise<Result> {
    if (this.monotonicMs() < this.ledgerDownUntil) return Promise.reject(new Error('The ledger did not answer'));
    return question();
  }

  /** Calls of whose end nobody told: oldest first, so the first that may still matter ends the search. */
  private forgetPast(): void {
    const now = this.monotonicMs();
    for (const [token, taken] of this.byToken) {
      if (taken.some(({ use }) => use.leavesFrom > now)) return;
      this.byToken.delete(token);
    }
  }

  private closedMs(draw: EmergencyDraw): number {
    return Math.max(0, (this.closedUntil.get(draw.name) ?? 0) - this.monotonicMs());
  }

  private fullMs(draw: Paid): number {
    const { portion } = draw;
    if (draw.cost > portion.share) return Math.min(Math.max(draw.spanMs, NOT_OURS_RETRY_MS), LONGEST_MS);
    const leaving = this.outstanding(draw).sort((a, b) => a.inMs - b.inMs);
    let free = portion.share - leaving.reduce((sum, { cost }) => sum + cost, 0);
    let waitMs = 0;
    for (const { inMs, cost } of leaving) {
      if (free >= draw.cost) break;
      free += cost;
      waitMs = inMs;
    }
    return waitMs;
  }

  /** What may count at the venue now or later, and when it will be gone. Ours of another portion counts as well. */
  private outstanding(draw: Paid): { cost: number; inMs: number }[] {
    const now = this.monotonicMs();
    const uses = (this.uses.get(draw.name) ?? []).filter((use) => use.leavesFrom + use.spanMs > now);
    this.uses.set(draw.name, uses);
    const found = uses.map(({ cost, leavesFrom, spanMs }) => ({ cost, inMs: leavesFrom + spanMs - now }));
    const inherited = this.inherited.get(keyOf(draw));
    if (inherited && inherited.used > 0 && inherited.endsAt > now)
      found.push({ cost: inherited.used, inMs: inherited.endsAt - now });
    return found;
  }
}

interface Portion extends EmergencyPortion {
  readonly share: number;
}

interface Paid extends EmergencyDraw {
  readonly portion: Portion;
}

const keyOf = ({ name, portion }: Paid): string => `${name}|${portion.id}`;

/** The limit that refuses longest; null when none does. */
function worst<Draw extends EmergencyDraw>(
  draws: readonly Draw[],
  waitOf: (draw: Draw) => number,
): EmergencyRefusal | null {
  let found: EmergencyRefusal | null = null;
  for (const draw of draws) {
    const waitMs = waitOf(draw);
    if (waitMs > 0 && (!found || waitMs > found.waitMs)) found = { taken: false, limit: draw.id, waitMs };
  }
  return found;
}
