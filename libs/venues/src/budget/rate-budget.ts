import { randomUUID } from 'node:crypto';
import {
  bookedSpanMs,
  drawOf,
  paceOf,
  WAIT_REFILL,
  windowsTouched,
  type Clock,
  type DrawRequest,
  type LimitDraw,
  type Priority,
  type ReserveResult,
  type Scopes,
  type SettleRequest,
  type SettleResult,
} from '#domain';
import type { Redis } from 'ioredis';
import { BudgetReader } from './budget-reader.js';
import { BudgetStore } from './budget-store.js';
import { announceRequests, type AnnouncedFigures, type AnnounceTask, type FigureInForce } from './announced-limit.js';
import { closureLengthMs, closuresOf, readingsOf } from './answer-signs.js';
import type {
  Budget,
  CallAnswer,
  CallOutcome,
  CallPriority,
  FirstFill,
  Reservation,
  ReserveOptions,
} from './budget.js';
import { EmergencyBucket } from './emergency-bucket.js';
import { emergencyDraws } from './emergency-draws.js';
import { fixedSlot, type EmergencyHoldings, type EmergencyLedger } from './emergency-holdings.js';
import { OpenCalls, type OpenCall } from './open-calls.js';
import { connectionNumber } from './redis-connection.js';
import { RedisGuard } from './redis-guard.js';
import { Retelling } from './retelling.js';
import { sharingOf, type Sharing } from './sharing.js';
import { ToldFigures } from './told-figures.js';
import { WaitingLine } from './waiting-line.js';
import { BookedAhead, type UsageLedger } from './usage-ledger.js';
import { openUnused, drawsOfOrdersOnly } from './unused-limits.js';
import { definitionOf, drawsOf, isBookedAhead, type VenueLimits } from './venue-limits.js';
import { WipeWatch } from './wipe-watch.js';

/** A call that nothing is heard of may still reach the venue for this long. */
export const DEFAULT_HOLD_MS = 15_000;

export interface RateBudgetOptions {
  /** In front of every key: `REDIS_PREFIX`. */
  readonly prefix: string;
  /** The clock that `sentAt` and `repliedAt` of answers are by. Only differences of it are used. */
  readonly clock: Clock;
  /** The public address this process leaves by (`EGRESS_ID`); default `shared`: all processes share one. */
  readonly egressId?: string;
  /** Without it, limits that no answer tells stay cold for one window after their state was lost. */
  readonly ledger?: UsageLedger;
  /** Which portions of the emergency share are this process's; default: one of `gatewaySlots`, always. */
  readonly holdings?: EmergencyHoldings;
  /** Keeps what was spent of them; without it nothing is known of earlier holders. */
  readonly emergencyLedger?: EmergencyLedger;
  /** Among how many processes the emergency share is divided, where `holdings` does not say; default 4. */
  readonly gatewaySlots?: number;
  /** A Redis silent for so long counts as down; default 250 ms. */
  readonly redisTimeoutMs?: number;
  /** Never steps back; default `performance.now()`. */
  readonly monotonicMs?: () => number;
  readonly observe?: BudgetObserver;
}

/** What happens inside, for metrics and logs. */
export interface BudgetObserver {
  refused?(reason: string, priority: CallPriority): void;
  /** An answer's own count differed from ours by `delta` (venue minus local). */
  corrected?(limit: string, delta: number): void;
  /** An answer told a limit's own figure, other than before. */
  told?(figure: FigureInForce): void;
  /** The venue closed a limit for `ms`; 418 closes a ban, which a person must see now. */
  closed?(limit: string, ms: number): void;
  /** The venue ended the session that drew on the limit; a new login before `ms` are over would be refused. */
  sessionKilled?(limit: string, scope: string, ms: number): void;
  /** The venue's own count of the limit should be read: the call that its definition names tells it. */
  readingDue?(limit: string, scope: string): void;
  emergency?(limit: string): void;
  scriptSeconds?(seconds: number): void;
}

/**
 * The budget as a gateway uses it: Redis for everything, the emergency share for cancels while Redis is
 * down and for probes after it was wiped. Places and queries fail closed.
 */
export class RateBudget implements Budget {
  private readonly guard: RedisGuard;
  private readonly store: BudgetStore;
  private readonly reader: BudgetReader;
  private readonly line: WaitingLine;
  private readonly emergency: EmergencyBucket;
  private readonly booked: BookedAhead | null;
  private readonly open: OpenCalls;
  private readonly retelling: Retelling;
  private readonly wipes: WipeWatch;
  private readonly told: ToldFigures;
  /** Lower figures that the venue announced to this process, by limit id or name, in the amounts of a draw. */
  private readonly announced = new Map<string, number>();
  /** Settlements that Redis has not heard of yet, oldest first. */
  private unreported: ((store: BudgetStore) => Promise<unknown>)[] = [];
  private reporting: Promise<void> | null = null;

  constructor(
    redis: Redis,
    private readonly limits: VenueLimits,
    private readonly options: RateBudgetOptions,
  ) {
    const monotonicMs = options.monotonicMs ?? (() => performance.now());
    this.guard = new RedisGuard(redis, options.redisTimeoutMs ?? 250, (seconds) => {
      options.observe?.scriptSeconds?.(seconds);
    });
    this.store = new BudgetStore(redis, options.prefix, limits.venue);
    this.reader = new BudgetReader(redis, limits, options.prefix);
    this.line = new WaitingLine(redis, (limit) => this.store.keys.line(limit));
    const holdings = options.holdings ?? fixedSlot(options.gatewaySlots ?? 4);
    this.emergency = new EmergencyBucket(holdings, monotonicMs, options.emergencyLedger ?? null);
    this.booked = options.ledger ? new BookedAhead(options.ledger) : null;
    this.open = new OpenCalls(options.clock, monotonicMs);
    this.retelling = new Retelling(this.store, this.guard, this.open, monotonicMs);
    this.wipes = new WipeWatch(
      () => this.guard.run(() => this.store.life()),
      () => this.retelling.tellAll(),
      () => this.retelling.isBusy,
      connectionNumber(redis),
      monotonicMs,
    );
    this.told = new ToldFigures(limits, (tasks) => this.announceAll(tasks), monotonicMs);
  }

  /** Its `ip` scope is filled in here. @throws RangeError when the call has no known cost or a scope is missing */
  async reserve(
    call: string,
    scopes: Scopes,
    priority: CallPriority,
    options: ReserveOptions = {},
  ): Promise<Reservation> {
    const { holdMs = DEFAULT_HOLD_MS, ...depends } = options;
    const rank: Priority = priority === 'probe' ? 'query' : priority;
    const request = { ...depends, scopes: this.scopes(scopes), priority: rank };
    const ask: Ask = {
      token: randomUUID(),
      draws: drawsOf(this.limits, call, request),
      holdMs,
      sharing: sharingOf(depends, scopes.account, this.limits.sharing),
      accountId: scopes.account,
      dearest: () => drawsOf(this.limits, call, withoutAges(request)),
    };
    const reservation = priority === 'probe' ? await this.probe(ask) : await this.reserveAnywhere(ask, rank);
    if (!reservation.granted) this.options.observe?.refused?.(reservation.reason, priority);
    return reservation;
  }

  async settle(token: string, outcome: CallOutcome, answer: CallAnswer = {}): Promise<void> {
    const call = this.open.get(token);
    if (!call) return;
    const told = this.settleRequest(call, outcome, answer);
    // Just after a wipe a count of the venue leaves out what others have on their way and have not told yet.
    const request = this.wipes.gatheringMs > 0 ? { ...told, readings: [] } : told;
    if (outcome === 'unknown' && request.repliedAt < 0) return; // held to its end: it may still arrive
    this.open.delete(token);
    this.emergency.settle(token);
    this.noteClosures(call, request);
    const windowsEnd = this.open.ago(call);
    await this.report(async (store) => {
      const sent = call.at === null ? await shifted(store, request, windowsEnd) : request;
      this.noteSettled(await store.settle(sent));
    });
    for (const figure of await this.told.heed(call.draws, answer)) this.options.observe?.told?.(figure);
  }

  /**
   * The first fill of an order that `call` placed: limits of unfilled orders count one less from then on.
   * Both times are the venue's. Telling it twice changes nothing.
   */
  async creditFill(call: string, scopes: Scopes, fill: FirstFill): Promise<void> {
    const request = { scopes: this.scopes(scopes), priority: 'place' as const };
    const draws = (this.limits.costs[call] ?? []).flatMap(({ limit }) => {
      const definition = definitionOf(this.limits, limit);
      const credit = definition.kind === 'fixed_window' ? (definition.params.fillCredit ?? 0) : 0;
      return credit > 0 ? [drawOf(definition, request, { cost: credit })] : [];
    });
    if (draws.length === 0) return;
    const { orderId, placedAt, filledAt } = fill;
    await this.report((store) => store.creditFill({ token: `fill:${orderId}`, placedAt, filledAt, draws }));
  }

  async release(token: string): Promise<void> {
    const call = this.open.get(token);
    if (!call) return;
    this.open.delete(token);
    this.emergency.giveBack(token);
    if (call.at !== null) await this.report((store) => store.release(token));
  }

  /**
   * Unused fraction, 0..1, of the ceiling of `priority` on the tightest limit that `call` draws on, as far as the
   * scopes name it; 0 while one is closed, its state unknown, or Redis down. The cold time of an unknown one begins
   * with this: who plans within what is free would never make the call that begins it.
   */
  async freeShare(call: string, scopes: Scopes, priority: Priority): Promise<number> {
    const found = await this.guard.run(() => this.reader.freeShare(call, this.scopes(scopes), priority));
    for (const draw of found?.lost ?? []) await this.guard.run(() => this.store.rebuild({ draw, booked: [] }));
    return found?.share ?? 0;
  }

  async beginCold(call: string, scopes: Scopes): Promise<void> {
    await this.freeShare(call, scopes, 'cancel');
  }

  openUnused(call: string, scopes: Scopes, unusedForMs: number): Promise<void> {
    const draws = drawsOfOrdersOnly(this.limits, call, this.scopes(scopes));
    return openUnused(
      { wipes: this.wipes, guard: this.guard, store: this.store },
      draws.filter((draw) => bookedSpanMs(draw) <= unusedForMs),
    );
  }

  /** The figure in force of a limit, in whole units; null where it has no state, or Redis is down. */
  async figureOf(limit: string, scopes: Scopes): Promise<number | null> {
    return this.guard.run(() => this.reader.figureOf(limit, this.scopes(scopes)));
  }

  /**
   * The venue's own figures by limit id, as its answer gave them. A lower one holds at once, a higher one when it is
   * told again 60 s later.
   * @param scopes whom they are for, where the venue told them of one account or address; default: everybody
   * @returns one entry per figure, changed or not, in the limit's own units; empty when Redis is down
   * @throws RangeError for a figure that no venue can mean, before any of them is applied
   */
  async announce(figures: AnnouncedFigures, scopes: Scopes = {}): Promise<FigureInForce[]> {
    return this.announceAll(announceRequests(this.limits, figures, this.scopes(scopes)));
  }

  private async announceAll(tasks: readonly AnnounceTask[]): Promise<FigureInForce[]> {
    const found: FigureInForce[] = [];
    for (const { limit, scope, what, scale, told, request } of tasks) {
      const result = await this.guard.run(() => this.store.announce(request));
      if (!result) continue;
      if (what === 'limit') this.announced.set(request.id, Math.min(result.before, result.after));
      found.push({ limit, scope, what, told, before: result.before / scale, after: result.after / scale });
    }
    return found;
  }

  /** False while places and queries are refused because Redis does not answer. */
  get redisUp(): boolean {
    return this.guard.up;
  }

  private scopes(scopes: Scopes): Scopes {
    return { ip: this.options.egressId ?? 'shared', ...scopes };
  }

  /** Null when Redis is down. */
  private async reserveInRedis(ask: Ask, priority: Priority): Promise<Reservation | null> {
    const { token, draws, holdMs, sharing } = ask;
    const attempt = () => this.take(token, draws, { priority, mode: 'normal', holdMs, ...sharing });
    let result = await attempt();
    if (result && !result.granted && result.cold.length > 0 && (await this.openCold(draws, result.cold))) {
      result = await attempt();
    }
    return result && this.inLine(this.toReservation(token, draws, result), ask, priority);
  }

  /** From the shared state; a cancel that finds it down or lost, from the emergency share. */
  private async reserveAnywhere(ask: Ask, priority: Priority): Promise<Reservation> {
    const reserved = await this.reserveInRedis(ask, priority);
    if (!reserved) return this.withoutRedis(ask, priority);
    if (reserved.granted || priority !== 'cancel' || reserved.reason !== 'cold') return reserved;
    const paid = await this.fromShare(ask, priority);
    return paid.granted ? paid : reserved;
  }

  /** A call that sets lost counts again. Waits until every process has told what it has on its way. */
  private async probe(ask: Ask): Promise<Reservation> {
    await this.wipes.check();
    const { gatheringMs } = this.wipes;
    if (gatheringMs > 0) await new Promise((resolve) => setTimeout(resolve, Math.ceil(gatheringMs)));
    return this.fromShare(ask, 'query');
  }

  /** Beyond the ceilings and on cold limits, as far as the emergency share of this process goes. */
  private async fromShare({ token, draws, holdMs, accountId }: Ask, priority: Priority): Promise<Reservation> {
    const share = await this.emergency.take(token, this.emergencyDraws(draws), holdMs, accountId);
    if (!share.taken) return this.refusal(share.limit, share.waitMs, 'exhausted');
    await this.openCold(
      draws,
      draws.map((draw) => draw.id),
    );
    const result = await this.take(token, draws, { priority, mode: 'probe', holdMs });
    if (!result?.granted) this.emergency.giveBack(token);
    if (!result) return this.refusal('', 0, 'redis_down');
    if (result.granted) this.options.observe?.emergency?.(draws.at(-1)?.id ?? '');
    return this.toReservation(token, draws, result);
  }

  private async withoutRedis({ token, holdMs, accountId, dearest }: Ask, priority: Priority): Promise<Reservation> {
    if (priority !== 'cancel') return this.refusal('', 1_000, 'redis_down');
    const draws = dearest();
    const share = await this.emergency.take(token, this.emergencyDraws(draws), holdMs, accountId);
    if (!share.taken) return this.refusal(share.limit, share.waitMs, 'redis_down');
    this.options.observe?.emergency?.(draws.at(-1)?.id ?? '');
    const call = this.open.addLocal(token, draws, holdMs);
    return { granted: true, token, holdUntil: call.localAfter + holdMs };
  }

  private emergencyDraws(draws: readonly LimitDraw[]): ReturnType<typeof emergencyDraws> {
    return emergencyDraws(this.limits, draws, this.announced);
  }

  private async take(
    token: string,
    draws: readonly LimitDraw[],
    how: { priority: Priority; mode: 'normal' | 'probe'; holdMs: number } & Sharing,
  ): Promise<ReserveResult | null> {
    await this.reportAll();
    await this.wipes.beSure();
    const started = this.open.start();
    // At a server that nobody has looked at, the counts may be those of an older copy.
    const result = await this.guard.run(async () =>
      this.wipes.isSure ? this.store.reserve({ token, at: 0, draws, ...how }) : null,
    );
    if (result?.granted) {
      this.open.add(token, draws, result, started);
      for (const draw of draws)
        if (result.due.includes(draw.id)) this.options.observe?.readingDue?.(draw.id, draw.scope);
      this.wipes.arm();
      try {
        await this.bookAhead(draws, result);
      } catch (error) {
        await this.release(token);
        throw error;
      }
    }
    return result;
  }

  private async bookAhead(draws: readonly LimitDraw[], grant: ReserveResult & { granted: true }): Promise<void> {
    if (!this.booked) return;
    const from = grant.at + grant.offset - grant.error;
    const to = grant.holdUntil + grant.offset + grant.error;
    for (const draw of draws) {
      if (draw.cost === 0 || !isBookedAhead(definitionOf(this.limits, draw.id), draw)) continue;
      const spanMs = bookedSpanMs(draw);
      await this.booked.cover({ ...draw, spanMs }, draw.cost, windowsTouched(from, to, spanMs));
    }
  }

  /**
   * Redis has lost the state of these limits: starts their cold period, tells it what we have in flight, and
   * rebuilds what was booked ahead. @returns whether a limit became known
   */
  private async openCold(draws: readonly LimitDraw[], cold: readonly string[]): Promise<boolean> {
    let known = false;
    await this.wipes.check();
    for (const draw of draws) {
      if (draw.kind === 'ban' || draw.cost === 0 || !cold.includes(draw.id)) continue;
      const first = await this.guard.run(() => this.store.rebuild({ draw, booked: [] }));
      const ledger = this.options.ledger;
      if (!first?.cold || !ledger || !isBookedAhead(definitionOf(this.limits, draw.id), draw)) continue;
      const booked: { start: number; used: number }[] = [];
      for (const start of first.needed) {
        booked.push({ start, used: await ledger.bookedInWindow(draw.id, draw.scope, start) });
      }
      const rebuilt = await this.guard.run(() => this.store.rebuild({ draw, booked }));
      known ||= rebuilt?.cold === false;
    }
    await this.retelling.tellHeld();
    return known;
  }

  private toReservation(token: string, draws: readonly LimitDraw[], result: ReserveResult): Reservation {
    if (result.granted) return { granted: true, token, holdUntil: result.holdUntil };
    const { retryAt, limit, reason, now } = result;
    const readable = result.cold.filter((id) => draws.some((d) => d.id === id));
    return { granted: false, retryAt, retryInMs: Math.max(0, retryAt - now), limit, reason, cold: readable };
  }

  /** Places that wait for the same limit come one after the other, not all when it opens, in the way of cancels. */
  private async inLine(answer: Reservation, { draws, sharing }: Ask, priority: Priority): Promise<Reservation> {
    const { parent } = sharing;
    if (answer.granted || priority !== 'place' || parent === undefined) return answer;
    if (answer.reason !== 'exhausted') return answer; // whose turn it is not asks again at once, as fair sharing wants
    const draw = draws.find(({ id }) => id === answer.limit);
    const pace = draw === undefined ? null : paceOf(draw);
    if (draw === undefined || pace === null) return answer;
    const comeInMs = await this.guard.run(() => this.line.next(draw.name, parent.id, answer.retryInMs, pace));
    return comeInMs === null ? answer : { ...answer, comeInMs };
  }

  private refusal(limit: string, retryInMs: number, reason: 'redis_down' | 'exhausted'): Reservation {
    const retryAt = this.options.clock.now() + Math.ceil(retryInMs);
    return { granted: false, retryAt, retryInMs: Math.ceil(retryInMs), limit, reason, cold: [] };
  }

  private settleRequest(call: OpenCall, outcome: CallOutcome, answer: CallAnswer): SettleRequest {
    const venueTime = venueTimeOf(answer);
    return {
      token: call.token,
      outcome,
      ...this.open.span(call, answer),
      ...venueTime,
      draws: call.draws,
      readings: readingsOf(this.limits, call.draws, answer),
      closures: closuresOf(this.limits, call.draws, answer),
    };
  }

  private noteClosures(call: OpenCall, request: SettleRequest): void {
    for (const closure of request.closures) {
      const draw = call.draws.find((d) => d.name === closure.name);
      if (!draw) continue;
      const length = closureLengthMs(closure, draw, this.options.clock.now());
      this.emergency.close(draw.name, length);
      this.retelling.noteClosed(draw, length);
      this.wipes.arm();
      this.options.observe?.closed?.(draw.id, length);
      if (closure.ms === WAIT_REFILL) this.options.observe?.sessionKilled?.(draw.id, draw.scope, length);
    }
  }

  private noteSettled(result: SettleResult): void {
    for (const { limit, delta } of result.corrections) this.options.observe?.corrected?.(limit, delta);
  }

  /** Does it now, or as soon as Redis answers again. */
  private async report(work: (store: BudgetStore) => Promise<unknown>): Promise<void> {
    this.unreported.push(work);
    if (this.unreported.length > MAX_UNREPORTED) this.unreported.shift();
    await this.reportAll();
  }

  private async reportAll(): Promise<void> {
    if (this.unreported.length === 0) return;
    this.reporting ??= this.drain().finally(() => (this.reporting = null));
    await this.reporting;
  }

  private async drain(): Promise<void> {
    for (let next = this.unreported[0]; next && this.guard.up; next = this.unreported[0]) {
      const work = next;
      const done = await this.guard.run(async () => {
        await work(this.store);
        return true;
      });
      if (!done) return;
      if (this.unreported[0] === work) this.unreported.shift();
    }
  }
}

/** One call that asks for budget. */
interface Ask {
  readonly token: string;
  readonly draws: readonly LimitDraw[];
  readonly holdMs: number;
  readonly sharing: Sharing;
  readonly accountId: string | undefined;
  /** What it draws where nothing is known of its orders: they count as new, which costs the most. */
  readonly dearest: () => readonly LimitDraw[];
}

function withoutAges(request: DrawRequest): DrawRequest {
  const { agesMs = [], orders = Math.max(1, agesMs.length), ...rest } = request;
  return { ...rest, orders, agesMs: [] };
}
/** Beyond it the oldest is forgotten: its cost then stands to the end of its hold. */
const MAX_UNREPORTED = 10_000;

/** An emergency call has no reservation in Redis: its span is told as lengths before now. */
async function shifted(
  store: BudgetStore,
  request: SettleRequest,
  ago: () => { sentMs: number; repliedMs: number },
): Promise<SettleRequest> {
  const now = await store.time();
  const { sentMs, repliedMs } = ago();
  return { ...request, sentAt: now - Math.ceil(sentMs), repliedAt: now - Math.floor(repliedMs) };
}

const HTTP_DATE_SLACK_MS = 500;

/** A `date` header is cut to the second, so the venue's clock is in the second after it. */
function venueTimeOf(answer: CallAnswer): { venueMs: number; venueSlackMs: number } {
  if (answer.venueMs !== undefined && Number.isSafeInteger(answer.venueMs)) {
    return { venueMs: answer.venueMs, venueSlackMs: 0 };
  }
  const date = Date.parse(answer.headers?.['date'] ?? '');
  if (Number.isNaN(date)) return { venueMs: -1, venueSlackMs: 0 };
  return { venueMs: date + HTTP_DATE_SLACK_MS, venueSlackMs: HTTP_DATE_SLACK_MS };
}
