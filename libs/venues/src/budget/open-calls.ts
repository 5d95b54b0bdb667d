import type { Clock, LimitDraw, ReserveRequest } from '#domain';

/** A granted call whose end is not known yet. */
export interface OpenCall {
  readonly token: string;
  readonly draws: readonly LimitDraw[];
  /** When it was reserved, by the clock of Redis; null = from the emergency share, unknown to Redis. */
  readonly at: number | null;
  /** Venue minus that clock, as the reservation knew it. */
  readonly view: NonNullable<ReserveRequest['view']>;
  readonly holdMs: number;
  /** The local clock was `at` between the two. */
  readonly localBefore: number;
  readonly localAfter: number;
  /** Just before the reservation, by the local clock; just before and just after it by the monotonic one. */
  readonly localStart: number;
  readonly monotonicAt: number;
  readonly monotonicAfter: number;
}

/** What Redis' clock showed between two monotonic instants. */
export interface RedisMoment {
  readonly redisMs: number;
  readonly before: number;
  readonly after: number;
}

/** A call that is on its way, as a state that was lost is told of it. */
export interface Adoption extends Pick<ReserveRequest, 'token' | 'draws' | 'at' | 'holdMs'> {
  readonly view: NonNullable<ReserveRequest['view']>;
  /** How exactly `at` is known, in ms. */
  readonly spread: number;
}

/** This process's calls between grant and answer, and how local instants relate to the clock of Redis. */
export class OpenCalls {
  private readonly calls = new Map<string, OpenCall>();

  constructor(
    private readonly clock: Clock,
    private readonly monotonicMs: () => number,
  ) {}

  start(): { localBefore: number; monotonicAt: number } {
    return { localBefore: this.clock.now(), monotonicAt: this.monotonicMs() };
  }

  add(
    token: string,
    draws: readonly LimitDraw[],
    grant: { readonly at: number; readonly holdUntil: number; readonly offset: number; readonly error: number },
    started: { readonly localBefore: number; readonly monotonicAt: number },
  ): OpenCall {
    const { at, holdUntil, offset, error } = grant;
    const ended = { localAfter: this.clock.now(), monotonicAfter: this.monotonicMs() };
    const holdMs = holdUntil - at;
    const localStart = started.localBefore;
    return this.keep({ token, draws, at, view: { offset, error }, holdMs, localStart, ...started, ...ended });
  }

  addLocal(token: string, draws: readonly LimitDraw[], holdMs: number): OpenCall {
    const started = this.start();
    const [localStart, monotonicAfter] = [started.localBefore, started.monotonicAt];
    const ended = { localStart, localAfter: localStart, monotonicAfter };
    return this.keep({ token, draws, at: null, view: { offset: 0, error: 0 }, holdMs, ...started, ...ended });
  }

  get(token: string): OpenCall | undefined {
    return this.calls.get(token);
  }

  delete(token: string): void {
    this.calls.delete(token);
  }

  /** Calls that may still reach the venue. */
  held(): OpenCall[] {
    const now = this.monotonicMs();
    return [...this.calls.values()].filter((call) => call.monotonicAfter + call.holdMs > now);
  }

  /**
   * A reservation as a Redis that does not know it is told of it. That may be another server with another clock: by how
   * much the two differ follows from how long ago it was, known to `spread` ms. It is taken to have begun no later and to
   * end no earlier, and to arrive at the venue when it was reserved for, whatever the new clock shows.
   * @returns null for a call from the emergency share
   */
  retold(call: OpenCall, { redisMs, before, after }: RedisMoment): Adoption | null {
    if (call.at === null) return null;
    const at = Math.floor(redisMs - (after - call.monotonicAt));
    const spread = Math.ceil(after - before) + 2; // both clocks are read to the millisecond
    const late = spread + Math.ceil(call.monotonicAfter - call.monotonicAt);
    const offset = call.at + call.view.offset - at - Math.floor(late / 2);
    const view = { offset, error: call.view.error + Math.ceil(late / 2) + 1 };
    return { token: call.token, draws: call.draws, at, holdMs: call.holdMs + late, view, spread };
  }

  /** Redis knows the call, since `at` by its clock: from now on times are told by that. */
  adopted({ token, at: asked, view, spread }: Adoption, at: number): void {
    const call = this.calls.get(token);
    if (!call || call.at === at) return;
    const { offset, error } = view;
    const between = Math.abs(at - asked); // adopted before, and the answer was lost
    this.calls.set(token, {
      ...call,
      at,
      view: { offset: offset + asked - at, error: error + between },
      localBefore: call.localStart - spread - between,
      localAfter: call.localStart + between,
    });
  }

  /**
   * When the call was sent and answered by the clock of Redis; -1 = not known. Only differences of the local
   * clock are used, rounded so that the span can only become longer.
   */
  span(
    call: OpenCall,
    answer: { readonly sentAt?: number; readonly repliedAt?: number },
  ): { sentAt: number; repliedAt: number } {
    const at = call.at ?? 0;
    const sent = answer.sentAt === undefined ? -1 : answer.sentAt - call.localAfter;
    const replied = answer.repliedAt === undefined ? -1 : answer.repliedAt - call.localBefore;
    return {
      sentAt: sent < 0 ? -1 : at + Math.floor(sent),
      repliedAt: replied < 0 ? -1 : at + Math.ceil(replied) + 1,
    };
  }

  /** Keeps how long ago the call was taken and answered, for one that Redis does not know. */
  ago(call: OpenCall): () => { sentMs: number; repliedMs: number } {
    const answeredAt = this.monotonicMs();
    return () => {
      const now = this.monotonicMs();
      return { sentMs: now - call.monotonicAt, repliedMs: now - answeredAt };
    };
  }

  private keep(call: OpenCall): OpenCall {
    this.forgetOld();
    this.calls.set(call.token, call);
    return call;
  }

  /** A call that was never settled is remembered for a while after its hold, for a late answer. */
  private forgetOld(): void {
    const now = this.monotonicMs();
    for (const [token, call] of this.calls) {
      if (call.monotonicAt + call.holdMs + FORGET_MS > now) return;
      this.calls.delete(token);
    }
  }
}

const FORGET_MS = 600_000;
