import { emptyBudget, tokenOf, type BudgetState } from '../../libs/domain/src/rate-limit/budget-state.js';
import { drawOf, scaleOf } from '../../libs/domain/src/rate-limit/limit-draw.js';
import { release } from '../../libs/domain/src/rate-limit/release.js';
import { reserve } from '../../libs/domain/src/rate-limit/reserve.js';
import { settle, type SettleRequest } from '../../libs/domain/src/rate-limit/settle.js';
import { newLife } from '../../libs/domain/src/rate-limit/new-life.js';
import { FOREIGN, modelAgeCost, ModelLifetime } from './model-limits.js';
import {
  COUNTED_KINDS,
  pressedRuleOf,
  ruleOf,
  skewedRuleOf,
  steadyRuleOf,
  type CountedKind,
  type Rule,
} from './model-rules.js';
import { SeededRandom } from './seeded-random.js';
import { broken, PRIORITIES, TROUBLE, type Fate, type Order, type Sent } from './world-calls.js';
import { assertNoRoom, assertNothingTaken } from './world-checks.js';
import { noCounts, type WorldCounts } from './world-counts.js';

const START = 1_795_219_200_000;
const HOLD_MS = 15_000;
/** A process notices a wipe within this, and believes no reading before the other has passed. */
const [NOTICE_MS, GATHER_MS] = [100, 300];
const SCOPES = { account: 'a', ip: 'i' };
const BAN = { id: 'ban', venue: 'model', scope: ['ip'], kind: 'ban', params: {}, breach: [] } as const;

/** Calls a second, as multiples of what the limit allows: their inverse, by the weather. */
const LOADS = { wild: [0.2, 0.6, 2, 6], steady: [0.4], pressing: [0.3, 0.6], skewed: [0.3, 0.6] } as const;
type Weather = keyof typeof LOADS;
/**
 * Pods, Redis and a venue, each by a clock of its own, in the order of true time; everything follows from the
 * seed. The properties of venues.md B9 are asserted as it goes.
 */
export class BudgetWorld {
  readonly counts = noCounts();
  readonly rules: readonly Rule[];
  private readonly random: SeededRandom;
  private readonly podOffsets: readonly number[];
  private readonly venueOffset: number;
  private redisOffset: number;
  private redisStep = 0;
  private state: BudgetState = emptyBudget();
  private older: BudgetState = emptyBudget();
  private now = START;
  private tokens = 0;
  private clockKnown = false;
  private gatheredAt = 0;
  private probedAt = 0;
  private firstAt = START;
  private bannedUntil = 0;
  private paceMs: number;
  /** One call in so many has trouble or takes long. */
  private readonly roughness: number;
  private lag = { there: 0, back: 0 };
  private slowMs = 300;
  private spent: { at: number; costs: ReadonlyMap<string, number> }[] = [];
  private readonly crossings = new Set<string>();
  private readonly orders: Order[] = [];
  private due: { at: number; run: () => void }[] = [];
  private readonly inFlight = new Map<string, Sent>();

  /**
   * `steady`: one limit that is told, calls of one unit, no trouble, answers within 100 ms, always more to do.
   * `pressing`: one limit, always more to do than it allows and nobody else who uses it, so that a count that is too low
   * anywhere shows; for a while calls arrive as late as can be, then at
   * once, and often at the edges of windows.
   * `skewed`: as pressing, but every call is slow in one direction, now there, now back, and none in both or neither: all that
   * is known of the venue's clock is off by half of that, and the calls arrive where it is off the most.
   */
  constructor(
    kind: CountedKind,
    readonly seed: number,
    private readonly weather: Weather = 'wild',
  ) {
    this.random = new SeededRandom(seed);
    const clock = () => this.random.between(-60_000, 60_000);
    this.venueOffset = clock();
    this.redisOffset = clock();
    this.roughness = this.random.pick([1, 2, 5, 100]);
    const isSteady = weather === 'steady';
    this.podOffsets = Array.from({ length: isSteady ? 4 : this.random.between(1, 8) }, clock);
    if (weather === 'skewed') {
      this.slowMs = this.random.pick([1_000, 2_500, 4_900]);
      this.lag = this.slowOneWay(this.slowMs);
      this.rules = [skewedRuleOf(this.random)];
      this.paceMs = this.pace();
      return;
    }
    if (weather !== 'wild') {
      this.rules = [isSteady ? steadyRuleOf(kind, this.random) : pressedRuleOf(kind, this.random)];
      this.paceMs = this.pace();
      return;
    }
    const others = Array.from({ length: this.random.pick([0, 0, 0, 1, 2, 4]) }, () => this.random.pick(COUNTED_KINDS));
    this.rules = [kind, ...others].map((k, i) => ruleOf(k, i, this.random));
    this.counts.linked = others.length;
    this.paceMs = this.pace();
  }

  /** Runs so many commands, then lets everything that is on its way arrive. */
  run(commands: number): WorldCounts {
    let isCold = false;
    for (let i = 0; i < commands; i += 1) {
      if (i % 50 === 0) this.paceMs = this.pace();
      const isPause = this.weather !== 'steady' && this.random.between(0, 60) === 0;
      const most = isCold ? this.random.pick([100, 500, 5_000]) : isPause ? 20_000 : this.paceMs;
      this.advance(this.edge() ?? this.now + this.random.between(0, most));
      this.disturb();
      isCold = this.attempt() === 'cold';
    }
    if (this.weather === 'steady') return this.counts;
    this.advance(this.now + 60_000);
    const main = this.rules[0]!;
    if (main.model.excess > -0.4 * main.limit) this.counts.tight = 1;
    if (main.model.excess > -0.15 * main.limit) this.counts.full = 1;
    return this.counts;
  }

  /** From a third of what the main limit allows, to nine times that. */
  private pace(): number {
    const { limit, shareMs } = this.rules[0]!;
    return Math.min(2_000, Math.max(2, Math.round((shareMs / limit) * this.random.pick(LOADS[this.weather]))));
  }

  /** Now and then, a little before or after a window of the venue begins. */
  private edge(): number | null {
    const { definition } = this.rules[0]!;
    if (!this.isPressing || definition.kind !== 'fixed_window' || this.random.between(0, 9) > 0) return null;
    const { windowMs } = definition.params;
    const next = Math.ceil(this.venueNow() / windowMs) * windowMs - this.venueOffset;
    return Math.max(this.now, next + this.random.between(-this.slowMs, 100));
  }

  private disturb(): void {
    const { random } = this;
    if (this.weather === 'steady') return;
    if (this.weather === 'skewed') {
      if (random.between(0, 30) === 0) this.lag = this.slowOneWay(this.slowMs);
      return;
    }
    if (this.weather === 'pressing') {
      if (random.between(0, 20) === 0) this.older = this.state;
      if (random.between(0, 300) === 0) this.failOver();
      if (random.between(0, 20) === 0) this.cancelWithoutRedis();
      // For a while everything is late in one direction, then nothing is: what was late arrives with what is not.
      if (random.between(0, 15) === 0)
        this.lag = { there: random.pick([0, 0, 4_900]), back: random.pick([0, 0, 4_900]) };
      return;
    }
    if (random.between(0, 20) === 0) this.older = this.state;
    if (random.between(0, 1_500) === 0) this.wipe(emptyBudget());
    if (random.between(0, 2_500) === 0) this.failOver();
    if (random.between(0, 200) === 0) this.stepBack();
    if (random.between(0, 6) === 0) {
      const rule = random.pick(this.rules);
      const most = Math.max(1, Math.floor(rule.share / 2));
      rule.model.arrive(this.venueNow(), random.between(1, most), FOREIGN);
      this.counts.foreign += 1;
    }
    for (const { model } of this.rules) {
      if (model instanceof ModelLifetime && random.between(0, 40) === 0) model.earn(random.between(1, 40));
    }
  }

  private get isPressing(): boolean {
    return this.weather === 'pressing' || this.weather === 'skewed';
  }

  private slowOneWay(ms: number): { there: number; back: number } {
    return this.random.between(0, 1) === 0 ? { there: ms, back: 0 } : { there: 0, back: ms };
  }

  private redisNow(): number {
    return this.now + this.redisOffset + this.redisStep;
  }

  private venueNow(): number {
    return this.now + this.venueOffset;
  }

  private later(at: number, run: () => void): void {
    const before = this.due.findIndex((d) => d.at > at);
    this.due.splice(before < 0 ? this.due.length : before, 0, { at, run });
  }

  private advance(until: number): void {
    for (let next = this.due[0]; next && next.at <= until; next = this.due[0]) {
      this.due.shift();
      this.now = Math.max(this.now, next.at);
      next.run();
    }
    this.now = until;
  }

  private wipe(state: BudgetState): void {
    this.counts.wiped += 1;
    this.state = state;
    this.older = state;
    this.clockKnown = false;
    this.bannedUntil = 0;
    this.crossings.clear();
    this.gatheredAt = this.now + GATHER_MS;
    this.later(this.now + this.random.between(0, NOTICE_MS), () => this.adoptAll());
  }

  /** Another server takes over, with an older copy and a clock of its own: the first look at it begins a new life. */
  private failOver(): void {
    this.counts.failedOver += 1;
    this.redisOffset = this.random.between(-60_000, 60_000);
    this.wipe(newLife(this.older, this.redisNow()));
  }

  /** Only a step that the script can see, and together no more than it then allows for. */
  private stepBack(): void {
    if (this.redisStep <= -4_000 || this.state.clock.lastNow <= this.redisNow() - 2_000) return;
    this.redisStep -= 2_000;
  }

  private adoptAll(): void {
    for (const sent of this.inFlight.values()) {
      const age = this.now - sent.grantedAt;
      if (age >= HOLD_MS) continue;
      const at = this.redisNow() - age;
      sent.view = { ...sent.view, offset: sent.at + sent.view.offset - at };
      sent.at = at;
      const { token, draws, view } = sent;
      const request = { token, priority: 'cancel' as const, holdMs: HOLD_MS, mode: 'adopt' as const, at, draws, view };
      this.state = reserve(this.state, request, this.redisNow()).state;
    }
  }

  /** As the gateway does: nothing but probes until the venue's clock is known, or while a limit is cold. */
  private attempt(): string {
    this.forgetFinished();
    if (this.clockKnown) {
      const outcome = this.ask();
      // Where no call is granted no answer tells the block: then one that costs nothing asks for it.
      const isStuck = outcome === 'exhausted' && this.rules.some(({ definition: { kind } }) => kind === 'per_block');
      if (isStuck) this.probe();
      if (outcome !== 'cold') return outcome;
    }
    this.probe();
    return 'cold';
  }

  /** As their expiry does in Redis; keeps the copies of the state small. */
  private forgetFinished(): void {
    const { tokens } = this.state;
    let isFinished = false;
    for (const id in tokens) isFinished ||= tokens[id]!.phase === 'settled' || tokens[id]!.phase === 'released';
    if (!isFinished) return;
    const open = Object.entries(tokens).filter(([, token]) => token.phase === 'open' || token.phase === 'spent');
    this.state = { ...this.state, tokens: Object.fromEntries(open.slice(-200)) };
  }

  private ask(): string {
    const { random } = this;
    const priority = this.weather === 'steady' ? 'place' : random.pick(PRIORITIES);
    const orders = random.between(1, 5);
    const known = this.orders.length > 0 ? this.orders[random.between(0, this.orders.length - 1)]! : null;
    const act = random.pick(['add', 'change', 'plain'] as const);
    const order = act === 'change' ? known : act === 'add' ? { changedAt: this.venueNow(), answeredAt: null } : null;
    const agesMs = order === null || order.answeredAt === null ? [] : [this.now - order.answeredAt];
    const draws = [drawOf(BAN, { scopes: SCOPES, priority })];
    for (const { definition, cost, ages } of this.rules) {
      const paid = ages && order && act === 'change' ? { cost: { byAge: ages, plus: 1 } } : cost;
      const basis = ages ? { orders: 1, agesMs } : { orders };
      draws.push(drawOf(definition, { scopes: SCOPES, priority, ...basis }, paid));
    }
    const podOffset = random.pick(this.podOffsets);
    const sent = { draws, orders, priority, order, podOffset, act };
    return this.take(sent, this.fate(), 'normal');
  }

  private fate(): Fate {
    const { random, weather } = this;
    if (this.isPressing) return random.between(0, 19) === 0 ? 'reply lost' : 'ok';
    return weather === 'wild' && random.between(0, this.roughness) === 0 ? random.pick(TROUBLE) : 'ok';
  }

  /** How long a call or an answer is on its way. */
  private transit(way: 'there' | 'back'): number {
    const { random, weather } = this;
    if (weather === 'steady') return random.between(0, 45);
    if (this.isPressing) return this.lag[way] + random.between(0, 20);
    return random.between(0, this.roughness) === 0 ? random.between(0, 5_000) : random.between(0, 100);
  }

  /** A process to which Redis is lost cancels from its share, and tells of it once the answer is there. */
  private cancelWithoutRedis(): void {
    const { definition, model, share, shareMs } = this.rules[0]!;
    const most = this.leftOfShare(definition.id, share, shareMs);
    if (most < 1 || this.now < this.gatheredAt) return;
    const cost = this.random.between(1, most);
    this.spent.push({ at: this.now, costs: new Map([[definition.id, cost]]) });
    const draw = drawOf(definition, { scopes: SCOPES, priority: 'cancel' }, { cost });
    const [grant, sentAt] = [(this.tokens += 1), this.now];
    const token = `e${grant}`;
    this.later(sentAt + this.transit('there'), () => {
      const charged = draw.onSuccess / scaleOf(draw.kind);
      model.arrive(this.venueNow(), charged, { isForeign: false, isCancel: true, grant });
      this.later(this.now + this.transit('back'), () => {
        const now = this.redisNow();
        const times = { sentAt: now - (this.now - sentAt), repliedAt: now, venueMs: -1, venueSlackMs: 0 };
        const request: SettleRequest = {
          token,
          outcome: 'success',
          draws: [draw],
          readings: [],
          closures: [],
          ...times,
        };
        this.state = settle(this.state, request, now).state;
        this.counts.withoutRedis += 1;
      });
    });
  }

  /** What of the emergency share was not spent within the time in which the limit comes back. */
  private leftOfShare(id: string, share: number, shareMs: number): number {
    const since = this.now - shareMs - HOLD_MS;
    return share - this.spent.reduce((sum, { at, costs }) => sum + (at > since ? (costs.get(id) ?? 0) : 0), 0);
  }

  /** A call that asks for the counts, from the emergency share of the first limit that it can pay. */
  private probe(): void {
    if (this.now < Math.max(this.gatheredAt, this.probedAt + 200)) return;
    this.probedAt = this.now;
    this.spent = this.spent.filter(({ at }) => at > this.now - 800_000);
    const draws = [drawOf(BAN, { scopes: SCOPES, priority: 'query' })];
    const costs = new Map<string, number>();
    const readable = this.rules.filter(({ isReadable }) => isReadable);
    for (const [i, { definition, share, shareMs }] of readable.entries()) {
      if (i === 0 && share >= 1 && this.leftOfShare(definition.id, share, shareMs) < 1) return;
      const cost = i === 0 && share >= 1 ? 1 : 0;
      costs.set(definition.id, cost);
      draws.push(drawOf(definition, { scopes: SCOPES, priority: 'query' }, { cost }));
    }
    const sent = { draws, orders: 1, priority: 'query' as const, order: null, podOffset: 0, act: 'plain' as const };
    if (this.take(sent, this.random.pick(['ok', 'ok', 'reply lost']), 'probe') !== 'granted') return;
    this.spent.push({ at: this.now, costs });
    this.counts.probes += 1;
  }

  private take(
    call: Omit<Sent, 'token' | 'grantedAt' | 'grant' | 'at' | 'view'>,
    fate: Fate,
    mode: 'normal' | 'probe',
  ): string {
    const grant = (this.tokens += 1);
    const token = `t${grant}`;
    const { draws, priority } = call;
    const now = this.redisNow();
    const before = this.state;
    const { state, result } = reserve(before, { token, priority, holdMs: HOLD_MS, mode, at: 0, draws }, now);
    this.state = state;
    if (!result.granted) {
      this.counts.denied += 1;
      assertNothingTaken(before, state, token);
      if (result.reason === 'exhausted') this.counts.exhausted += 1;
      if (result.reason === 'exhausted' && priority === 'cancel') {
        this.counts.cancelsDenied += 1;
        assertNoRoom(state, draws, now);
      }
      return result.reason;
    }
    if (now < this.bannedUntil) broken(`A call was granted at ${now}, banned until ${this.bannedUntil}`);
    if (mode === 'normal') this.counts.granted += 1;
    if (mode === 'normal' && this.counts.granted === 1) this.firstAt = this.now;
    const parts = state.tokens[token]?.parts ?? [];
    const isWhole = draws.every((d) => d.kind === 'ban' || parts.some((p) => p.name === d.name && p.cost === d.cost));
    if (!isWhole) broken(`P2: a call was granted without taking from all its limits: ${JSON.stringify(parts)}`);
    this.noteCrossings(result.crossings);
    const { at, offset, error } = result;
    const sent: Sent = { ...call, token, grantedAt: this.now, grant, at, view: { offset, error } };
    this.inFlight.set(token, sent);
    if (sent.act === 'add' && sent.order && this.orders.length < 40) this.orders.push(sent.order);
    if (sent.order) sent.order.answeredAt = null;
    this.send(sent, fate);
    return 'granted';
  }

  private noteCrossings(found: readonly { limit: string; scope: string; window: number; threshold: number }[]): void {
    for (const { limit, scope, window, threshold } of found) {
      const id = `${limit}|${scope}|${window}|${threshold}`;
      if (this.crossings.has(id)) broken(`P3: ${id} was told twice`);
      this.crossings.add(id);
      this.counts.crossings += 1;
    }
  }

  private send(sent: Sent, fate: Fate): void {
    const { random } = this;
    const sentAt = this.now + random.between(0, 200);
    if (fate === 'not sent') return this.later(sentAt, () => this.giveBack(sent.token));
    if (fate === 'request lost') {
      this.counts.lost += 1;
      return;
    }
    this.later(sentAt + this.transit('there'), () => {
      const isRefused = fate === 'refused';
      const readings = this.arrive(sent, isRefused);
      const venueMs = this.venueNow();
      const over = this.rules
        .filter(({ model }) => model.isOver(venueMs))
        .map(({ definition }) => `${definition.id}:a`);
      const banMs = this.weather === 'wild' && random.between(0, 500) === 0 ? random.between(1_000, 20_000) : 0;
      if (fate === 'reply lost') {
        this.counts.lost += 1;
        return;
      }
      this.later(this.now + this.transit('back'), () => {
        const outcome = isRefused ? ('failure' as const) : ('success' as const);
        const closures = isRefused ? over.slice(0, 1).map((name) => ({ name, ms: -1 })) : [];
        if (banMs > 0) closures.push({ name: 'ban:i', ms: banMs });
        this.answer(sent, sentAt, { outcome, venueMs, readings, closures });
        if (fate !== 'answered twice') return;
        const { limits } = this.state;
        this.answer(sent, sentAt, { outcome: 'failure', venueMs, readings: [], closures: [] });
        const isKnown = tokenOf(this.state, sent.token) !== undefined;
        if (isKnown && this.state.limits !== limits) broken('P6: a repeated answer changed the limits');
      });
    });
  }

  /** The venue counts the call by its own rules. Gives what it tells. */
  private arrive(sent: Sent, isRefused: boolean): SettleRequest['readings'] {
    const at = this.venueNow();
    const readings: SettleRequest['readings'][number][] = [];
    for (const { definition, model, cost, ages, isReadable } of this.rules) {
      const draw = sent.draws.find(({ id }) => id === definition.id);
      if (!draw) continue;
      const scale = scaleOf(draw.kind);
      let charged = (isRefused ? draw.onFailure : draw.onSuccess) / scale;
      if (typeof cost.cost === 'object') charged = sent.draws.length > 0 && draw.cost > 0 ? sent.orders : 0;
      if (ages && sent.act === 'change' && sent.order) charged = 1 + modelAgeCost(ages, at - sent.order.changedAt);
      model.arrive(at, charged, { isForeign: false, isCancel: sent.priority === 'cancel', grant: sent.grant });
      // Under pressure the count of a life comes with queries alone, so that everything else is counted here for long.
      const isAsked = !this.isPressing || draw.kind !== 'lifetime_budget' || sent.priority === 'query';
      if (!isReadable || !isAsked) continue;
      const { used, cap, height } = model.told(at);
      const told = draw.kind === 'per_block' ? {} : { used: Math.ceil(used * scale) };
      readings.push({ name: draw.name, ...told, ...(cap && { cap }), ...(height && { height }) });
    }
    if (sent.order && !isRefused) sent.order.changedAt = at;
    return readings;
  }

  private answer(
    sent: Sent,
    sentAt: number,
    told: Pick<SettleRequest, 'outcome' | 'venueMs' | 'readings' | 'closures'>,
  ): void {
    // A process knows when it was granted by the clock of Redis, and everything else by its own.
    const local = (trueMs: number) => trueMs + sent.podOffset;
    const byRedis = (localMs: number) => sent.at + localMs - local(sent.grantedAt);
    const times = { sentAt: byRedis(local(sentAt)), repliedAt: byRedis(local(this.now)) };
    const request: SettleRequest = { token: sent.token, venueSlackMs: 0, draws: sent.draws, ...told, ...times };
    const { state, result } = settle(this.state, request, this.redisNow());
    this.state = state;
    this.noteCrossings(result.crossings);
    this.inFlight.delete(sent.token);
    if (sent.order) sent.order.answeredAt = this.now;
    if (result.kind === 'settled') this.clockKnown = true;
    if (result.kind === 'repeated') return;
    for (const { name, ms } of told.closures) {
      if (name === 'ban:i') {
        this.counts.banned += 1;
        this.bannedUntil = Math.max(this.bannedUntil, this.redisNow() + ms);
      } else {
        this.counts.closed += 1;
      }
    }
  }

  private giveBack(token: string): void {
    this.state = release(this.state, token).state;
    const once = this.state;
    this.state = release(this.state, token).state;
    if (this.state !== once) broken('P6: a repeated release changed the state');
    this.inFlight.delete(token);
  }

  /** P7: what part of its main limit was used since the first grant. */
  get use(): number {
    const { model, limit, shareMs } = this.rules[0]!;
    return model.ours / (((this.now - this.firstAt) / shareMs) * limit);
  }

  /** P1: by how much our calls went beyond a limit, by limit; empty when they never did. */
  get excesses(): { readonly limit: string; readonly by: number }[] {
    return this.rules
      .filter(({ model }) => model.excess > 0)
      .map(({ definition, model }) => ({ limit: JSON.stringify(definition), by: model.excess }));
  }
}
