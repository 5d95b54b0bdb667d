import type { Announced, BudgetState } from './budget-state.js';

/** A raise must be read twice, this far apart, before it is believed. */
export const RAISE_CONFIRM_MS = 60_000;

export interface AnnounceRequest {
  /** The limit's id, or its name for one scope alone; `#rate` behind it when the figure is the rate. */
  readonly id: string;
  /** The definition's figure, in force while the venue has announced none; in the amounts of a draw. */
  readonly defined: number;
  /** In the amounts of a draw. */
  readonly announced: number;
}

export interface AnnounceResult {
  readonly before: number;
  readonly after: number;
}

/** The figure in force: what the venue announced last, else the definition's. */
function limitInForce(announced: Announced | undefined, defined: number): number {
  return announced && announced.limit > 0 ? announced.limit : defined;
}

/** The venue's own figure for a limit: a lower one holds at once, a higher one after its confirmation. */
export function announce(
  previous: BudgetState,
  request: AnnounceRequest,
  now: number,
): { readonly state: BudgetState; readonly result: AnnounceResult } {
  const known = previous.announced[request.id];
  const before = limitInForce(known, request.defined);
  const state = structuredClone(previous);
  const entry = (state.announced[request.id] ??= { limit: 0, pending: 0, pendingAt: 0 });
  if (request.announced <= before) {
    Object.assign(entry, { limit: request.announced, pending: 0, pendingAt: 0 });
  } else if (entry.pending === 0) {
    Object.assign(entry, { pending: request.announced, pendingAt: now });
  } else {
    entry.pending = Math.min(entry.pending, request.announced);
    if (now - entry.pendingAt >= RAISE_CONFIRM_MS) {
      Object.assign(entry, { limit: entry.pending, pending: 0, pendingAt: 0 });
    }
  }
  return { state, result: { before, after: limitInForce(entry, request.defined) } };
}
