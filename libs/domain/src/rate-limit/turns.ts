import { allowance } from './allowance.js';
import type { BudgetState, TokenState } from './budget-state.js';
import {
  addDirectUse,
  directDeniedUntil,
  directPeriodMs,
  directSlot,
  directUseName,
  giveBackDirectUse,
  type DirectShare,
} from './direct-share.js';
import { FAIR_RETRY_MS, fairQueueAt, fairQueueName, isAhead, takeTurn, waitInTurn } from './fair-share.js';
import type { LimitDraw } from './limit-draw.js';
import { stateOf } from './limit-state.js';
import type { Denial, ReserveRequest } from './reserve-request.js';

/** Refuses a call that the limit has room for, because of who else wants it (venues.md B6). */
export function denyByTurn(
  state: BudgetState,
  request: ReserveRequest,
  draw: LimitDraw,
  ask: (draw: LimitDraw) => Denial | null,
  now: number,
): Denial | null {
  const direct = directOf(request, draw);
  const limit = stateOf(state, draw);
  if (!limit || !isShared(request, draw)) return null;
  if (direct) {
    const allowed = Math.floor((allowance(limit, draw, request.priority, now) * direct.share) / 1000);
    const use = state.direct[directUseName(draw, direct)];
    const until = directDeniedUntil(use, draw.cost, allowed, directPeriodMs(draw), now);
    if (until !== null) return { reason: 'fair_share', until, isStrategy: true };
  }
  // Under half of the ceiling nobody waits: then a call of 1 has room below half of it.
  if (!request.parent || ask({ ...draw, ceiling: draw.ceiling / 2, cost: 1 }) === null) return null;
  const queue = fairQueueAt(state.fair[fairQueueName(draw, request.priority)], now);
  return isAhead(queue, request.parent, draw) ? { reason: 'fair_share', until: now + FAIR_RETRY_MS } : null;
}

/**
 * Puts a refused parent into the queues of the limits that refused it; nothing else changes. Who waits for
 * something else, or for more than the limit ever gives, holds up nobody.
 */
export function waitForTurns(
  state: BudgetState,
  request: ReserveRequest,
  denials: ReadonlyMap<LimitDraw, Denial>,
  now: number,
): BudgetState {
  const { parent, priority } = request;
  if (!parent) return state;
  const queues: Record<string, BudgetState['fair'][string]> = {};
  for (const [draw, { reason, until, isStrategy }] of denials) {
    const limit = stateOf(state, draw);
    if (isStrategy || !limit || !isShared(request, draw) || reason === 'cold') return state;
    if (draw.cost > allowance(limit, draw, priority, now)) return state;
    const name = fairQueueName(draw, priority);
    queues[name] = waitInTurn(fairQueueAt(state.fair[name], now), parent, until, now);
  }
  return { ...state, fair: { ...state.fair, ...queues } };
}

/** Counts a granted call for its parent and its strategy. Changes `state`. */
export function takeTurns(state: BudgetState, request: ReserveRequest, now: number): void {
  const { parent, priority, token } = request;
  const taken: { name: string; slot: number; cost: number }[] = [];
  for (const draw of request.draws) {
    if (!isShared(request, draw)) continue;
    const direct = directOf(request, draw);
    if (parent) {
      const name = fairQueueName(draw, priority);
      state.fair[name] = takeTurn(fairQueueAt(state.fair[name], now), parent, draw, now);
    }
    if (direct) {
      const [name, periodMs] = [directUseName(draw, direct), directPeriodMs(draw)];
      state.direct[name] = addDirectUse(state.direct[name], draw.cost, periodMs, now);
      taken.push({ name, slot: directSlot(periodMs, now), cost: draw.cost });
    }
  }
  const held = state.tokens[token];
  if (held && taken.length > 0) state.tokens[token] = { ...held, direct: taken };
}

/** A call that never left is given back to its strategy. Its parent has had its turn. Changes `state`. */
export function giveBackShares(state: BudgetState, held: TokenState): void {
  for (const { name, slot, cost } of held.direct ?? []) {
    const use = state.direct[name];
    if (use) state.direct[name] = giveBackDirectUse(use, slot, cost);
  }
}

/** Bans are not shared out, nor is what a probe or an adopted call takes. */
function isShared(request: ReserveRequest, draw: LimitDraw): boolean {
  return request.mode === 'normal' && draw.kind !== 'ban' && draw.cost > 0;
}

/** Only placing is limited: a strategy may always reduce and cancel. */
function directOf(request: ReserveRequest, draw: LimitDraw): DirectShare | undefined {
  return request.priority === 'place' && directPeriodMs(draw) > 0 ? request.direct : undefined;
}
