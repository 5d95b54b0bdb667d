import type { UserEvent, VenueClock } from './ports.js';

/** 2001-09-09 to the end of 2099, ms: what a venue tells of outside is no time of an order, nor of a market. */
const [EARLIEST_MS, END_MS] = [1_000_000_000_000, 4_102_444_800_000];

export const isPlausibleTime = (ms: number): boolean => ms >= EARLIEST_MS && ms < END_MS;

/** How far ahead of the venue's clock an event may be; that clock is known to 500 ms where orders are placed. */
const MAX_AHEAD_MS = 60_000;

/**
 * Why an event cannot be true as it stands (S-13); null when it can. More filled than ordered can: that is a fact.
 * @param venueClock the venue's time, which may be minutes from ours and still be known
 */
export function implausible(event: UserEvent, venueClock: Pick<VenueClock, 'now'>): string | null {
  const at = event.kind === 'position' ? event.updatedAt : event.venueAt;
  const aheadMs = at - venueClock.now();
  if (aheadMs > MAX_AHEAD_MS) return `an event of ${aheadMs} ms from now`;
  const fill = event.kind === 'order' || event.kind === 'fill' ? event.fill : null;
  if (fill === null) return null;
  if (fill.lastQty.isZero()) return 'a fill of nothing';
  if (event.kind !== 'order') return null;
  const { order } = event;
  if (fill.lastQty.gt(order.cumQty)) return `a fill of ${fill.lastQty.toFixed()} of ${order.cumQty.toFixed()} in all`;
  return fill.venueOrderId === order.venueOrderId ? null : 'a fill of another order';
}
