import type { Crossing, TokenPart } from '../budget-state.js';
import type { LimitDraw, LimitFigures } from '../limit-draw.js';
import type { ClockView } from '../venue-clock.js';

/** Unsettled calls of ours are what is in the way: answers are due any moment. */
export const IN_FLIGHT_RETRY_MS = 100;

/** A closure that lasts to the end of the window, or until the level is down to where the limit resumes. */
export const WAIT_WINDOW = -1;
/** A closure that lasts until nothing is used any more. */
export const WAIT_REFILL = -2;

/** When something happens: by the clock of Redis, and how the venue's relates to it. */
export interface Moment {
  readonly now: number;
  readonly view: ClockView;
}

/** What an answer told of one limit, in the amounts of its draw. */
export interface Reading {
  readonly name: string;
  readonly used?: number;
  /** What the venue allows this scope in all; for limits whose cap grows. */
  readonly cap?: number;
  /** The block that the venue is at. */
  readonly height?: number;
}

/** One call's answer as one limit meets it. */
export interface Answered extends Moment {
  /** By the clock of Redis; the call was on its way at most between the two. */
  readonly sentAt: number;
  readonly repliedAt: number;
  /** What the token held, unless its state was lost. */
  readonly part: TokenPart | undefined;
  /** False for a cost that stands already: its hold ended before the answer came. */
  readonly isOpen: boolean;
  /** What the call has cost. */
  readonly final: number;
  readonly reading: Reading | undefined;
}

/** How limits of one kind are counted (venues.md B1). States are changed in place. */
export interface Family<State> {
  /** A state in which nothing is used. */
  fresh(now: number): State;
  /** The longest that a cost can weigh on the limit: how long a lost state counts as full. */
  spanMs(figures: LimitFigures): number;
  /** The limit in force, where the state knows better than the draw. */
  limitOf(state: State, figures: LimitFigures): number;
  /** The count up to which a priority with that ceiling, in thousandths, may go. */
  allowed(limit: number, ceiling: number, isCancel: boolean): number;
  /** What the venue may have counted at most. */
  used(state: State, figures: LimitFigures, moment: Moment): number;
  /** When the cost can be taken at the earliest; null = now. */
  earliest(state: State, draw: LimitDraw, allowed: number, holdMs: number, moment: Moment): number | null;
  take(
    state: State,
    draw: LimitDraw,
    hold: { readonly at: number; readonly until: number },
    moment: Moment,
  ): Pick<TokenPart, 'seen' | 'windows'>;
  /** The call was never sent. */
  giveBack(state: State, part: TokenPart): void;
  /** The hold ended at `at` without an answer: the cost stands. */
  spend(state: State, part: TokenPart, at: number): void;
  settle(state: State, draw: LimitDraw, answered: Answered): void;
  /**
   * The venue's own count replaces ours, plus all of ours that it may not have seen yet: what is in flight,
   * and what was settled since the call was reserved. @returns venue minus local count; null = not applied
   */
  read(state: State, draw: LimitDraw, answered: Answered): number | null;
  /**
   * Nothing else is known: at most `used` was taken in the stretch of {@link spanMs} that begins at `start`, by the
   * venue's clock.
   */
  addBooked(state: State, draw: LimitDraw, start: number, used: number, moment: Moment): void;
  /** The venue said that the limit is used up. @returns when a closure without a time of its own ends */
  close(state: State, draw: LimitDraw, wait: number, moment: Moment): number;
  /** The thresholds reached for the first time. `refused`: the venue said that the limit is used up. */
  crossings(state: State, draw: LimitDraw, moment: Moment, refused: boolean): Crossing[];
  /** Whether the venue's count should be asked for. */
  isReadingDue(state: State): boolean;
}
