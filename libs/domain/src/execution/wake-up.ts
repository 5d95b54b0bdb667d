import { Dec, type Decimal } from '../numeric/decimal.js';
import { firstAbove } from '../trajectory/band.js';
import { phaseMs } from '../trajectory/slice-grid.js';
import type { Draft } from './draft.js';
import type { Role } from './role.js';
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

/** Rule 1: the moment at which the lower edge overtakes X. */
export function wakeForBand(view: View, draft: Draft, stage: Stage): void {
  const [{ lower }, early] = [stage.outlook(), earlyBy(stage)];
  const level = Math.max(0, view.position.executed.toNumber() - early);
  wakeAtShare(draft, stage, firstAbove(lower, level, stage.u));
}

/** The next slice, for an order that looks for a good instant. */
export function wakeForSlice(draft: Draft, stage: Stage): void {
  const at = stage.sliceAfter(stage.u);
  draft.wakeIn(at - stage.tau);
  watchVolume(draft, stage, at / stage.plan.durationMs);
}

/** Inside the band: the moment at which a timed taker becomes due, see `timedBelow`. */
export function wakeForWarning(view: View, draft: Draft, stage: Stage, role: Role): void {
  const [{ lower, target }, early] = [stage.outlook(), earlyBy(stage)];
  const due = role === 'timed_taker' ? target : (u: number) => lower(u) + (target(u) - lower(u)) / 4;
  const level = Math.max(0, view.position.executed.toNumber() - early);
  wakeAtShare(draft, stage, firstAbove(due, level, stage.u));
}

/** At or above the target: the moment at which something becomes due. */
export function wakeForTarget(view: View, draft: Draft, stage: Stage): void {
  const level = Math.max(0, view.position.executed.toNumber() - earlyBy(stage));
  wakeAtShare(draft, stage, firstAbove(stage.outlook().target, level, stage.u));
}

/** Below the band: the moment at which the upper edge leaves room for a taker. */
export function wakeForCeiling(draft: Draft, stage: Stage, ceiling: Decimal): void {
  const [{ upper }, early] = [stage.outlook(), earlyBy(stage)];
  const level = ceiling.toNumber() - early;
  if (upper(stage.u) < level) wakeAtShare(draft, stage, firstAbove(upper, level, stage.u));
}

/**
 * Rule 2: the next slice that begins with room for a child; and, where the band is narrower than one
 * minimum child, the moment at which the target alone asks for one. `freed` is what a child that would be
 * moved gives back first.
 */
export function wakeForRoom(view: View, draft: Draft, stage: Stage, freed: Decimal): void {
  const { position } = view;
  const taken = position.executed.add(position.working).sub(freed);
  const { upper, target, width } = stage.outlook();
  const early = earlyBy(stage);
  const share = firstAbove(upper, roomLevel(view, taken) - early, stage.u);
  if (share !== null) {
    const at = stage.sliceAfter(share);
    draft.wakeIn(at - stage.tau);
    watchVolume(draft, stage, at / stage.plan.durationMs);
  }
  if (width >= view.minimumValue.toNumber()) return;
  const asked = Math.max(0, taken.toNumber() - early);
  if (target(stage.u) <= asked) wakeAtShare(draft, stage, firstAbove(target, asked, stage.u));
}

/**
 * What is taken plus what the next child needs at least: m, or the whole rest where m would leave a stub.
 * Whole lots may be worth up to one lot less than what is left of a quote-sized order.
 */
function roomLevel(view: View, taken: Decimal): number {
  const rest = view.parent.orderQty.sub(taken);
  if (rest.gte(view.minimumValue.mul(2))) return taken.add(view.minimumValue).toNumber();
  const { token, account, touch } = view;
  if (token.sizing === 'base' || account === null || touch === null) return taken.add(rest).toNumber();
  const lotValue = account.instrument.lot.mul(touch.ask);
  return taken.add(Dec.max(view.minimumValue, rest.sub(lotValue))).toNumber();
}

function earlyBy({ orderQty }: Stage): number {
  return orderQty.toNumber() * EARLY;
}

function wakeAtShare(draft: Draft, stage: Stage, share: number | null): void {
  if (share === null) return;
  draft.wakeIn(Math.ceil(share * stage.plan.durationMs - stage.tau));
  watchVolume(draft, stage, share);
}

/** A plan over volume is there when the volume is, however long that takes. */
function watchVolume(draft: Draft, { volumeUntil }: Stage, share: number): void {
  const volume = volumeUntil?.(share) ?? 0;
  if (volume > 0) draft.watchVolume(new Dec(volume));
}
