import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { emptyBudget, type BudgetState } from './budget-state.js';
import type { Priority } from './limit-definition.js';
import type { LimitDraw } from './limit-draw.js';
import { release } from './release.js';
import { reserve } from './reserve.js';
import { settle, type SettleRequest } from './settle.js';
import { sweepHolds } from './sweep.js';

const START = 1_795_219_200_000;
const HOLD_MS = 15_000;

const callArbitrary = fc.record({
  gap: fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 0, max: 150 }) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 8_000 }) },
  ),
  pod: fc.nat({ max: 7 }),
  cost: fc.integer({ min: 1, max: 4 }),
  priority: fc.constantFrom<Priority>('cancel', 'place', 'place', 'place', 'query'),
  sendDelay: fc.integer({ min: 0, max: 200 }),
  up: fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min: 0, max: 100 }) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 5_000 }) },
  ),
  down: fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min: 0, max: 100 }) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 5_000 }) },
  ),
  fate: fc.constantFrom('ok', 'ok', 'ok', 'refused', 'reply lost', 'request lost', 'not sent', 'answered twice'),
  foreign: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: 1, max: 9 }) }),
  event: fc.oneof(
    { weight: 60, arbitrary: fc.constant('none' as const) },
    { weight: 1, arbitrary: fc.constant('wipe' as const) },
    { weight: 1, arbitrary: fc.constant('redis clock back' as const) },
  ),
});
type Call = typeof callArbitrary extends fc.Arbitrary<infer C> ? C : never;

const scenario = fc.record({
  pods: fc.integer({ min: 1, max: 8 }),
  podOffsets: fc.array(fc.integer({ min: -60_000, max: 60_000 }), { minLength: 8, maxLength: 8 }),
  redisOffset: fc.integer({ min: -60_000, max: 60_000 }),
  venueOffset: fc.integer({ min: -60_000, max: 60_000 }),
  limit: fc.integer({ min: 10, max: 120 }),
  windowMs: fc.constantFrom(10_000, 60_000),
  successCost: fc.constantFrom('same' as const, 'none' as const),
  calls: fc.array(callArbitrary, { minLength: 20, maxLength: 250, size: 'max' }),
});
type Scenario = typeof scenario extends fc.Arbitrary<infer S> ? S : never;

/** The venue: counts what arrives by its own clock, and tells its count. Shares no code with the budget. */
class ModelVenue {
  private readonly ours = new Map<number, number>();
  private readonly all = new Map<number, number>();

  constructor(
    private readonly offset: number,
    private readonly windowMs: number,
  ) {}

  clock(trueMs: number): number {
    return trueMs + this.offset;
  }

  arrive(trueMs: number, cost: number, foreign = false): number {
    const window = Math.trunc(this.clock(trueMs) / this.windowMs);
    if (!foreign) this.ours.set(window, (this.ours.get(window) ?? 0) + cost);
    this.all.set(window, (this.all.get(window) ?? 0) + cost);
    return this.all.get(window) ?? 0;
  }

  get worst(): number {
    return Math.max(0, ...this.ours.values());
  }

  get windowCounts(): number[] {
    return [...this.ours.values()];
  }
}

interface Sent {
  readonly token: string;
  readonly draws: readonly LimitDraw[];
  readonly at: number;
  readonly holdEnds: number;
}

/** Pods, Redis and the venue, each by its own clock, in the order of true time. */
class World {
  state: BudgetState = emptyBudget();
  readonly venue: ModelVenue;
  readonly granted = { normal: 0, probe: 0 };
  readonly refused = new Map<string, number>();
  readonly crossings: string[] = [];
  wipes = 0;
  private now = START;
  private redisStep = 0;
  private count = 0;
  private clockKnown = false;
  private probes: number[] = [];
  private readonly due: { at: number; run: () => void }[] = [];
  private readonly inFlight = new Map<string, Sent>();

  constructor(private readonly plan: Scenario) {
    this.venue = new ModelVenue(plan.venueOffset, plan.windowMs);
  }

  run(): void {
    for (const call of this.plan.calls) {
      this.forgetFinished();
      this.advance(this.now + call.gap);
      if (call.event === 'wipe' && this.plan.pods === 1) this.wipe();
      if (call.event === 'redis clock back') this.stepBack();
      if (call.foreign > 0) this.venue.arrive(this.now, call.foreign, true);
      this.attempt(call);
    }
    this.advance(this.now + 60_000);
  }

  /** Only a step that the script can see, and together no more than it then allows for. */
  private stepBack(): void {
    if (this.redisStep <= -4_000 || this.state.clock.lastNow <= this.redisNow() - 2_000) return;
    this.redisStep -= 2_000;
  }

  private redisNow(): number {
    return this.now + this.plan.redisOffset + this.redisStep;
  }

  private advance(until: number): void {
    for (;;) {
      this.due.sort((a, b) => a.at - b.at);
      const next = this.due[0];
      if (!next || next.at > until) break;
      this.due.shift();
      this.now = next.at;
      next.run();
    }
    this.now = until;
  }

  /** As their expiry does in Redis; keeps the copies of the state small. */
  private forgetFinished(): void {
    const open = Object.entries(this.state.tokens).filter(
      ([, token]) => token.phase === 'open' || token.phase === 'spent',
    );
    this.state = { ...this.state, tokens: Object.fromEntries(open) };
  }

  private wipe(): void {
    this.state = emptyBudget();
    this.clockKnown = false;
    this.crossings.length = 0;
    this.wipes += 1;
  }

  /** As the gateway does: nothing but probes until the venue's clock is known, or while a limit is cold. */
  private attempt(call: Call): void {
    if (this.clockKnown) {
      const before = this.state;
      const outcome = this.take(call, 'normal');
      if (outcome === 'granted') return;
      expect(this.state).toEqual(sweepHolds(before, this.redisNow())); // P2: a refusal takes nothing
      if (outcome !== 'cold') return;
    }
    // The emergency share: a tenth of the limit in any window, whenever its calls arrive.
    this.probes = this.probes.filter((at) => at > this.now - this.plan.windowMs - HOLD_MS);
    if (this.probes.length >= Math.floor(this.plan.limit / 10)) return;
    this.probes.push(this.now);
    for (const sent of this.inFlight.values()) this.adopt(sent);
    this.take({ ...call, cost: 1, priority: 'query', fate: call.fate === 'not sent' ? 'ok' : call.fate }, 'probe');
  }

  private draw(cost: number, priority: Priority): LimitDraw {
    const ceiling = { cancel: 900, reduce: 800, place: 700, query: 550 }[priority];
    const { limit, windowMs, successCost } = this.plan;
    const onSuccess = successCost === 'none' ? 0 : cost;
    const figures = { kind: 'fixed_window' as const, limit, windowMs, rate: 0, resume: 0, blocks: 0 };
    return { name: 'w:ip', id: 'w', scope: 'ip', ...figures, ceiling, cost, onSuccess, onFailure: cost };
  }

  private adopt({ token, draws, at, holdEnds }: Sent): void {
    if (holdEnds <= this.now) return;
    const request = { token, priority: 'cancel' as const, holdMs: HOLD_MS, mode: 'adopt' as const, at, draws };
    this.state = reserve(this.state, request, this.redisNow()).state;
  }

  private take(call: Call, mode: 'normal' | 'probe'): string {
    const token = `t${(this.count += 1)}`;
    const draws = [this.draw(call.cost, call.priority)];
    const request = { token, priority: call.priority, holdMs: HOLD_MS, mode, at: 0, draws };
    const { state, result } = reserve(this.state, request, this.redisNow());
    this.state = state;
    if (!result.granted) {
      this.refused.set(result.reason, (this.refused.get(result.reason) ?? 0) + 1);
      if (call.priority === 'cancel' && result.reason === 'exhausted') this.assertCancelHadNoRoom(call.cost);
      return result.reason;
    }
    this.granted[mode] += 1;
    this.crossings.push(...result.crossings.map((c) => `${c.window}|${c.threshold}`));
    const sent = { token, draws, at: result.at, holdEnds: this.now + HOLD_MS };
    this.inFlight.set(token, sent);
    if (call.fate === 'not sent') this.later(this.now + call.sendDelay, () => this.giveBack(token));
    else this.send(call, sent);
    return 'granted';
  }

  /** P4: while less than 90 % is used in every window it may fall in, a cancel is granted. */
  private assertCancelHadNoRoom(cost: number): void {
    const limit = this.state.limits['w:ip'];
    const windows = limit?.kind === 'fixed_window' ? Object.values(limit.windows) : [];
    expect(windows.some((w) => w.used + cost > Math.floor(this.plan.limit * 0.9))).toBe(true);
  }

  private send(call: Call, sent: Sent): void {
    const pod = call.pod % this.plan.pods;
    const local = (trueMs: number) => trueMs + (this.plan.podOffsets[pod] ?? 0);
    const granted = local(this.now);
    const sentAt = this.now + call.sendDelay;
    if (call.fate === 'request lost') return;
    this.later(sentAt + call.up, () => {
      const ok = call.fate !== 'refused';
      const cost = ok ? (sent.draws[0]?.onSuccess ?? 0) : call.cost;
      const told = this.venue.arrive(this.now, cost);
      const venueMs = this.venue.clock(this.now);
      if (call.fate === 'reply lost') return;
      this.later(this.now + call.down, () => {
        const times = { sentAt: sent.at + local(sentAt) - granted, repliedAt: sent.at + local(this.now) - granted };
        this.answer(sent, { outcome: ok ? 'success' : 'failure', venueMs, told, ...times });
        if (call.fate !== 'answered twice') return;
        const settled = structuredClone(this.state.limits);
        this.answer(sent, { outcome: 'failure', venueMs, told: told + 1, ...times });
        if (this.state.tokens[sent.token]) expect(this.state.limits).toEqual(settled); // P6
      });
    });
  }

  private answer(
    sent: Sent,
    { told, ...more }: Pick<SettleRequest, 'outcome' | 'venueMs' | 'sentAt' | 'repliedAt'> & { told: number },
  ): void {
    const request: SettleRequest = {
      token: sent.token,
      venueSlackMs: 0,
      draws: sent.draws,
      readings: [{ name: 'w:ip', used: told }],
      closures: [],
      ...more,
    };
    const { state, result } = settle(this.state, request, this.redisNow());
    this.state = state;
    this.crossings.push(...result.crossings.map((c) => `${c.window}|${c.threshold}`));
    this.inFlight.delete(sent.token);
    if (result.kind === 'settled') this.clockKnown = true;
  }

  private giveBack(token: string): void {
    this.state = release(this.state, token).state;
    this.inFlight.delete(token);
  }

  private later(at: number, run: () => void): void {
    this.due.push({ at, run });
  }
}

describe('a budget against a venue with a clock of its own', () => {
  it('P1 P2 P3 P4 P6: never passes the limit, takes all or nothing, tells each crossing once', () => {
    let [grants, wipes, exhausted] = [0, 0, 0];
    fc.assert(
      fc.property(scenario, (plan) => {
        const world = new World(plan);
        world.run();
        expect(world.venue.worst).toBeLessThanOrEqual(plan.limit); // P1
        expect(new Set(world.crossings).size).toBe(world.crossings.length); // P3
        grants += world.granted.normal;
        wipes += world.wipes;
        exhausted += world.refused.get('exhausted') ?? 0;
      }),
      { numRuns: 120, endOnFailure: true },
    );
    expect(grants).toBeGreaterThan(3_000);
    expect(exhausted).toBeGreaterThan(500);
    expect(wipes).toBeGreaterThan(5); // about 43 of them, with a deviation of 9
  }, 60_000);

  it('P7: a steady backlog uses at least 60 % of the limit when answers take less than 100 ms', () => {
    const steady = (i: number): Call => ({
      gap: 20,
      pod: i % 4,
      cost: 1,
      priority: 'place',
      sendDelay: 5,
      up: 40,
      down: 40,
      fate: 'ok',
      foreign: 0,
      event: 'none',
    });
    const world = new World({
      pods: 4,
      podOffsets: [0, 30_000, -30_000, 60_000],
      redisOffset: 7_000,
      venueOffset: -2_000,
      limit: 100,
      windowMs: 10_000,
      successCost: 'same',
      calls: Array.from({ length: 3_000 }, (_, i) => steady(i)),
    });
    world.run();
    const whole = world.venue.windowCounts.slice(1, -1);
    expect(whole.length).toBeGreaterThanOrEqual(4);
    expect(Math.min(...whole)).toBeGreaterThanOrEqual(60);
    expect(world.venue.worst).toBeLessThanOrEqual(70);
  });
});
