import type { Decimal } from '../numeric/decimal.js';
import { approximateBand, firstAbove } from '../trajectory/band.js';
import { approximateTarget } from '../trajectory/plan.js';
import { nextSlice, phaseMs, sliceStartMs } from '../trajectory/slice-grid.js';
import type { Draft } from './draft.js';
import type { Stage } from './stage.js';
import type { View } from './view.js';

const LATE = 0.9;
/** F is rounded to 12 places: levels are met that much of Q early rather than late. */
const EARLY = 1e-12;

/** Rule 5: a heartbeat, well inside the gap that would count as an outage. */
export function wakeForHeartbeat(view: View, draft: Draft, stage: Stage): void {
  const { heartbeatMs, lateHeartbeatMs, minOutageMs } = view.parent.settings;
  const beat = stage.u > LATE ? lateHeartbeatMs : heartbeatMs;
  const insideGap = Math.max(stage.grid.intervalMs, minOutageMs / 2);
  draft.wakeIn(Math.min(beat, insideGap) + phaseMs(stage.grid, view.seed));
}

/** Rule 1: the moment at which the lower edge overtakes X, or, below it, at which a taker has room again. */
export function wakeForBand(view: View, draft: Draft, stage: Stage, behind: boolean): void {
  const { lower, upper, early } = approximateEdges(view, stage);
  if (!behind) {
    wakeAtShare(draft, stage, firstAbove(lower, Math.max(0, view.position.executed.toNumber() - early), stage.u));
    return;
  }
  const level = roomLevel(view, view.position.executed.add(view.position.working)) - early;
  if (upper(stage.u) < level) wakeAtShare(draft, stage, firstAbove(upper, level, stage.u));
}

/**
 * Rule 2: the next slice that begins with room for a child; and, where the band is narrower than one
 * minimum child, the moment at which the target alone asks for one. `freed` is what a child that would be
 * moved gives back first.
 */
export function wakeForRoom(view: View, draft: Draft, stage: Stage, freed: Decimal): void {
  const { position, seed } = view;
  const taken = position.executed.add(position.working).sub(freed);
  const { upper, target, width, early } = approximateEdges(view, stage);
  const share = firstAbove(upper, roomLevel(view, taken) - early, stage.u);
  if (share !== null) {
    const index = nextSlice(stage.grid, seed, stage.slice, share * stage.grid.durationMs);
    draft.wakeIn(sliceStartMs(stage.grid, seed, index) - stage.tau);
  }
  if (width >= view.minimumValue.toNumber()) return;
  const asked = Math.max(0, taken.toNumber() - early);
  if (target(stage.u) <= asked) wakeAtShare(draft, stage, firstAbove(target, asked, stage.u));
}

/** What is taken plus what the next child needs at least: m, or the whole rest where m would leave a stub. */
function roomLevel(view: View, taken: Decimal): number {
  const rest = view.parent.orderQty.sub(taken);
  const needed = rest.lt(view.minimumValue.mul(2)) ? rest : view.minimumValue;
  return taken.add(needed).toNumber();
}

function approximateEdges(view: View, stage: Stage) {
  const target = approximateTarget(stage.plan, stage.curve);
  const [orderQty, discretion] = [stage.orderQty.toNumber(), view.parent.params.discretion.toNumber()];
  return {
    target,
    early: orderQty * EARLY,
    width: orderQty * discretion,
    ...approximateBand(orderQty, target, discretion),
  };
}

function wakeAtShare(draft: Draft, stage: Stage, share: number | null): void {
  if (share !== null) draft.wakeIn(Math.ceil(share * stage.plan.durationMs - stage.tau));
}
