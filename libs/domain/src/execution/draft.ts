import type { Side } from '../instrument/instrument.js';
import type { Decimal, Price, Quantity } from '../numeric/decimal.js';
import type { AccountId } from '../parent-order/ids.js';
import type { CompletionReason, FailureReason } from '../parent-order/parent-order.js';
import { epochMs } from '../time/clock.js';
import { budgetAllows, type Urgency } from './budget.js';
import type {
  Annotation,
  CancelReason,
  ChildPurpose,
  ChildTimeInForce,
  Decision,
  ExecutionChild,
  HoldReason,
  Intent,
} from './contract.js';
import { budgetOf, type View } from './view.js';

/** A decision while it is being made: collects intents, reasons and the instants worth waking for. */
export class Draft {
  readonly #intents: Intent[] = [];
  readonly #annotations: Annotation[] = [];
  readonly #canceled = new Set<number>();
  readonly #amended = new Set<number>();
  readonly #imbalance: Side[] = [];
  #volume: Decimal | null = null;
  #placed = 0;
  #wakeAt = Number.POSITIVE_INFINITY;
  #promised = Number.POSITIVE_INFINITY;
  #ended = false;

  constructor(private readonly view: View) {}

  get hasPlaced(): boolean {
    return this.#placed > 0;
  }

  get hasEnded(): boolean {
    return this.#ended;
  }

  /** The sequence that the next child gets. */
  get nextSequence(): number {
    return this.view.parent.nextSequence + this.#placed;
  }

  place(child: {
    readonly accountId: AccountId;
    readonly purpose: ChildPurpose;
    readonly timeInForce: ChildTimeInForce;
    readonly price: Price;
    readonly orderQty: Quantity;
  }): Extract<Intent, { kind: 'place' }> {
    const { parent } = this.view;
    const intent = {
      kind: 'place' as const,
      sequence: this.nextSequence,
      side: parent.side,
      reduceOnly: parent.params.reduceOnly,
      ...child,
    };
    this.#intents.push(intent);
    this.#placed += 1;
    if (child.timeInForce === 'ioc') this.wakeIn(parent.settings.takerPatienceMs);
    return intent;
  }

  /** Asks for a cancel once; left out when the child's budget does not allow one of this urgency. */
  cancel(child: ExecutionChild, reason: CancelReason, urgency: Urgency): void {
    if (child.cancelRequestedAt !== null || this.#canceled.has(child.sequence)) return;
    if (!budgetAllows(budgetOf(this.view.accounts.get(child.accountId)), urgency)) return this.hold('BUDGET');
    this.#canceled.add(child.sequence);
    this.#intents.push({ kind: 'cancel', sequence: child.sequence, reason, necessary: urgency === 'necessary' });
  }

  /** Changes a working child in place; the caller has looked at the budget. */
  amend(child: ExecutionChild, price: Price, orderQty: Quantity): void {
    if (this.isLeaving(child) || this.#amended.has(child.sequence)) return;
    this.#amended.add(child.sequence);
    this.#intents.push({ kind: 'amend', sequence: child.sequence, price, orderQty });
  }

  cancelAll(reason: CancelReason): void {
    for (const { child } of this.view.position.open) this.cancel(child, reason, 'necessary');
  }

  /** True once the child is being cancelled, by this decision or by an earlier one. */
  isLeaving(child: ExecutionChild): boolean {
    return child.cancelRequestedAt !== null || this.#canceled.has(child.sequence);
  }

  annotate(annotation: Annotation): void {
    this.#annotations.push(annotation);
  }

  /** Says why nothing was placed; the same reason is given once. */
  hold(reason: HoldReason, detail?: string): void {
    if (this.#annotations.some((known) => known.kind === 'hold' && known.reason === reason)) return;
    this.annotate({ kind: 'hold', reason, ...(detail === undefined ? {} : { detail }) });
  }

  complete(reason: CompletionReason): void {
    this.annotate({ kind: 'complete', reason });
    this.end();
  }

  fail(reason: FailureReason, text: string): void {
    this.annotate({ kind: 'fail', reason, text });
    this.end();
  }

  /** Nothing more is placed; what still lives is cancelled. */
  end(): void {
    this.#ended = true;
    this.cancelAll('order_ended');
  }

  /** Wakes the order when the queue of this side outweighs the other. */
  watchImbalance(side: Side): void {
    if (!this.#imbalance.includes(side)) this.#imbalance.push(side);
  }

  /** Wakes the order when this much more has been traded, in base; the least of several counts. */
  watchVolume(more: Decimal): void {
    if (this.#volume === null || more.lt(this.#volume)) this.#volume = more;
  }

  get watches(): { readonly imbalance: readonly Side[]; readonly volume: Decimal | null } {
    return { imbalance: this.#imbalance, volume: this.#volume };
  }

  /** Proposes an instant to look again; the earliest wins. */
  wakeAt(instant: number): void {
    if (instant < this.#wakeAt) this.#wakeAt = instant;
  }

  wakeIn(ms: number): void {
    this.wakeAt(this.view.now + ms);
  }

  /** Wakes at this instant whatever the load: for what has to be done by then, and is done once. */
  wakeSharp(instant: number): void {
    if (instant < this.#promised) this.#promised = instant;
  }

  finish(): Decision {
    return { intents: this.#intents, nextWakeAt: this.#nextWakeAt(), annotations: this.#annotations };
  }

  /** Rounded up to the grid, and never so soon that an order would spin (algorithms.md 5). */
  #nextWakeAt(): Decision['nextWakeAt'] {
    const { now, loadFactor, position, parent } = this.view;
    const { heartbeatMs, minWakeGapMs, wakeGridMs } = parent.settings;
    if (this.#ended && position.open.length === 0) return null;
    const due = this.#ended ? now + heartbeatMs : Math.min(this.#wakeAt, now + heartbeatMs);
    const earliest = now + minWakeGapMs * loadFactor;
    const promised = this.#ended ? Number.POSITIVE_INFINITY : Math.max(this.#promised, now + minWakeGapMs);
    const at = Math.min(Math.max(due, earliest), promised);
    return epochMs(Math.ceil(at / wakeGridMs) * wakeGridMs);
  }
}
