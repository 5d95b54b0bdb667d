import { untiltedCurve, type ExecutionParent, type VolumeProfile } from '#domain';

/**
 * The share of an order that its plan versions wanted executed at the share u of the window (algorithms.md 2.7). Asked
 * for rising u, since the share of a VWAP plan depends on the highest that it has reached.
 *
 * @param traded base units traded in the market from the window's beginning up to u
 */
export function plannedShare(
  { plans, activatedAt, orderQty }: Pick<ExecutionParent, 'plans' | 'activatedAt' | 'orderQty'>,
  profile: VolumeProfile | null,
  traded: (u: number) => number,
): (u: number) => number {
  const highest = new Map<number, number>();
  return (u) => {
    const first = plans[0];
    if (first === undefined) return u;
    const at = activatedAt + u * first.durationMs;
    const plan = plans.findLast(({ createdAt }) => createdAt <= at) ?? first;
    const before = plan.shape.kind === 'volume' ? (plan.shape.volumeBefore ?? 0) : 0;
    const live = { u, volume: traded(u) - before, highest: highest.get(plan.version) ?? 0 };
    const curve = untiltedCurve(plan, profile, live);
    if (curve === null) throw new RangeError(`A plan of shape ${plan.shape.kind} has no curve of time`);
    const [reached, begun] = [curve(u), curve(plan.u0)];
    highest.set(plan.version, Math.max(live.highest, reached));
    const x0 = plan.x0.div(orderQty).toNumber();
    return begun >= 1 ? 1 : x0 + ((1 - x0) * Math.max(0, reached - begun)) / (1 - begun);
  };
}
