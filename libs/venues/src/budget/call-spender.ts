import type { Scopes } from '#domain';
import type { Read } from '../ports.js';
import type { Budget, CallAnswer, CallOutcome, Reservation } from './budget.js';
import { LEAST_WAIT_MS } from './until-granted.js';
import { wakeableSleep } from './wakeable-sleep.js';

/** Tells whoever paid how the call ended; `not_sent`: it never left this host, and costs nothing. */
export type TellPaidCall = (outcome: CallOutcome | 'not_sent', answer?: CallAnswer) => Promise<void>;

/**
 * Pays for a call before it is made, and waits while it may not be. `call` is its name in the venue's table of costs;
 * `params` are those that the cost depends on. A rejection stops the call. What it resolves to, if anything, wants to hear
 * the answer; where nobody tells it, the call counts as one that may still arrive.
 * @param onWait told why the call waits, each time the reason is another
 */
export type SpendCall = (
  call: string,
  params?: Readonly<Record<string, number>>,
  onWait?: (why: string) => void,
) => Promise<TellPaidCall | undefined>;

/** What a read tells whoever paid it: one without any trace of the wire was never written to it. */
export function outcomeOf({ kind, meta }: Pick<Read<unknown>, 'kind' | 'meta'>): Parameters<TellPaidCall> {
  if (meta === undefined) return ['not_sent'];
  return [kind === 'ok' ? 'success' : meta.repliedAt === undefined ? 'unknown' : 'failure', meta];
}

/** A cheap call whose answer sets lost counts again. */
export interface WarmUp {
  /** False when the venue gave no answer. */
  readonly ask: () => Promise<boolean>;
  /** The limits whose counts it tells: for others it is not asked. */
  readonly told: ReadonlySet<string>;
}

export interface CallSpenderParts {
  readonly budget: Budget;
  /** Whom the calls count for, beside the address. */
  readonly scopes?: Scopes;
  /** All calls paid here share one turn under this name, where others wait for the same limit too. */
  readonly turnOf: string;
  readonly warmUp: WarmUp;
  /** Told why a call waits, each time the reason is another. */
  readonly onWait?: (call: string, why: string) => void;
  /** Default `setTimeout`. */
  readonly sleep?: (ms: number, wake: AbortSignal) => Promise<void>;
}

/** Redis connects within this, or is asked again after it; asking costs nothing while it is away. */
const REDIS_RETRY_MS = 100;
/** Somebody else's call may have set a lost count again meanwhile. */
const COLD_RETRY_MS = 500;
/** A venue that does not set its counts again is asked for them no more often. */
const WARM_UP_GAP_MS = 1_000;
/** Longest wait of what the venue's limit says; answers and other readings may free it sooner. */
const LONGEST_WAIT_MS = 5_000;

/**
 * Pays calls that can wait, as queries: market data and connections. What is refused waits until it is granted, a Redis
 * that is down included: the venue is asked for nothing that is not paid. A call that waits for a lost count cannot set it
 * itself where its answer tells nothing, a connection for one; so a cheap call that does is made first, if there is one.
 */
export class CallSpender {
  private readonly over = new AbortController();
  private warmedAt = -Infinity;
  private warming: Promise<boolean> | null = null;

  constructor(private readonly parts: CallSpenderParts) {}

  readonly spend: SpendCall = async (call, params = {}, onWait) => {
    let said = '';
    for (;;) {
      if (this.over.signal.aborted) throw new Error('nothing is paid any more: the connection is being closed');
      const { budget, scopes = {}, turnOf } = this.parts;
      const reserved = await budget.reserve(call, scopes, 'query', { params, turnOf });
      if (reserved.granted) return this.tellOf(reserved.token);
      const why = `${call} waits for the budget: ${reserved.reason}${reserved.limit === '' ? '' : ` of ${reserved.limit}`}`;
      if (why !== said) {
        this.parts.onWait?.(call, why);
        onWait?.(why);
      }
      said = why;
      if (reserved.cold.some((limit) => this.parts.warmUp.told.has(limit)) && (await this.warmUp())) continue;
      await (this.parts.sleep ?? wakeableSleep)(waitMs(reserved), this.over.signal);
    }
  };

  /** Whoever waits is turned away; calls under way still tell how they ended. */
  close(): void {
    this.over.abort();
  }

  private tellOf(token: string): TellPaidCall {
    const { budget } = this.parts;
    return (outcome, answer) =>
      outcome === 'not_sent' ? budget.release(token) : budget.settle(token, outcome, answer);
  }

  /** True when an answer came just now, for whoever asked. */
  private async warmUp(): Promise<boolean> {
    if (this.warming !== null) return this.warming;
    if (performance.now() - this.warmedAt < WARM_UP_GAP_MS) return false;
    this.warmedAt = performance.now();
    this.warming = this.parts.warmUp.ask().finally(() => (this.warming = null));
    return this.warming;
  }
}

function waitMs({ reason, retryInMs }: Extract<Reservation, { granted: false }>): number {
  if (reason === 'redis_down') return REDIS_RETRY_MS;
  return Math.min(reason === 'cold' ? COLD_RETRY_MS : LONGEST_WAIT_MS, Math.max(LEAST_WAIT_MS, retryInMs));
}
