import type { Clock, LimitDraw } from '#domain';

/** A granted call whose end is not known yet. */
export interface OpenCall {
  readonly token: string;
  readonly draws: readonly LimitDraw[];
  /** When it was reserved, by the clock of Redis; null = from the emergency share, unknown to Redis. */
  readonly at: number | null;
  readonly holdMs: number;
  /** The local clock just before and just after the reservation. */
  readonly localBefore: number;
  readonly localAfter: number;
  readonly monotonicAt: number;
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
    grant: { readonly at: number; readonly holdUntil: number },
    started: { readonly localBefore: number; readonly monotonicAt: number },
  ): OpenCall {
    const { at, holdUntil } = grant;
    return this.keep({ token, draws, at, holdMs: holdUntil - at, ...started, localAfter: this.clock.now() });
  }

  addLocal(token: string, draws: readonly LimitDraw[], holdMs: number): OpenCall {
    const started = this.start();
    return this.keep({ token, draws, at: null, holdMs, ...started, localAfter: started.localBefore });
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
    return [...this.calls.values()].filter((call) => call.monotonicAt + call.holdMs > now);
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
