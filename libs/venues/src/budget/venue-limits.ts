import {
  bookedSpanMs,
  drawOf,
  type DrawRequest,
  type EndpointCosts,
  type LimitDefinition,
  type LimitDraw,
  type LimitFigures,
  type OpenOrderRule,
} from '#domain';
import type { SharingSettings } from './sharing-settings.js';

/** A venue's limits and what its calls cost, as data. */
export interface VenueLimits {
  readonly venue: string;
  readonly definitions: readonly BookedAheadLimit[];
  readonly costs: EndpointCosts;
  readonly openOrders?: OpenOrderLimit;
  /** Name of the tier that accounts have unless a call says otherwise. */
  readonly tier?: string;
  /** How they are shared among accounts and strategies. */
  readonly sharing?: SharingSettings;
}

/**
 * What is known of a limit beside what it counts. `bookedAhead`: its count is told too seldom to wait for an answer, so it
 * is rebuilt from rows booked ahead as well. `ordersOnly`: nothing but placing and amending orders draws on it, each of which
 * is claimed in Postgres before it leaves; where no claim is recent enough nothing of ours counts (ADR 43).
 */
export type BookedAheadLimit = LimitDefinition & { readonly bookedAhead?: true; readonly ordersOnly?: true };

/** A limit of the tables that come with the program; `source`: the venue's rule in our words. */
export type ShippedLimit = BookedAheadLimit & { readonly source: string };

/** How many orders may be open at once; `source`: the venue's rule in our words. */
export type OpenOrderLimit = OpenOrderRule & { readonly source: string };

/** So long a lost limit may stay cold rather than be booked ahead, which costs a transaction now and then. */
const BEARABLE_COLD_MS = 60_000;
/** What was booked is kept for the day before. */
const LONGEST_BOOKED_MS = 86_400_000;

/**
 * A limit whose count no answer tells is rebuilt from rows booked ahead: one by windows of the clock always, others where
 * they would be cold for too long (venues.md B4).
 */
export function isBookedAhead(definition: BookedAheadLimit, figures: LimitFigures): boolean {
  const isTold = (definition.read ?? []).length > 0 && definition.bookedAhead !== true;
  const spanMs = bookedSpanMs(figures);
  if (isTold || spanMs === 0) return false;
  return figures.kind === 'fixed_window' || (spanMs > BEARABLE_COLD_MS && spanMs <= LONGEST_BOOKED_MS);
}

export function definitionOf(limits: VenueLimits, id: string): BookedAheadLimit {
  const found = limits.definitions.find((d) => d.id === id);
  if (!found) throw new RangeError(`Unknown limit: must be one of ${limits.venue}, was "${id}"`);
  return found;
}

/**
 * All limits that one call draws on, bans first.
 * @throws RangeError when the call is not in the table of costs, or a scope is missing
 */
export function drawsOf(limits: VenueLimits, call: string, request: DrawRequest): LimitDraw[] {
  const costs = limits.costs[call];
  if (!costs?.length) throw new RangeError(`Unknown call: must have a cost at ${limits.venue}, was "${call}"`);
  const bans = limits.definitions.filter((d) => d.kind === 'ban');
  const asked = limits.tier === undefined ? request : { tier: limits.tier, ...request };
  return [
    ...bans.map((definition) => drawOf(definition, asked)),
    ...costs.map((cost) => drawOf(definitionOf(limits, cost.limit), asked, cost)),
  ];
}

/** As {@link drawsOf}, without the limits by something that the request does not name, an instrument for one. */
export function drawsAsFarAsNamed(limits: VenueLimits, call: string, request: DrawRequest): LimitDraw[] {
  const isNamed = ({ limit }: { limit: string }) =>
    definitionOf(limits, limit).scope.every((part) => request.scopes[part] !== undefined);
  const costs = (limits.costs[call] ?? []).filter(isNamed);
  return drawsOf({ ...limits, costs: { ...limits.costs, [call]: costs } }, call, request);
}

/** Limits whose own count the answer to `call` tells, by id: where one was lost, that call sets it again. */
export function limitsToldBy(limits: VenueLimits, call: string): ReadonlySet<string> {
  const drawn = (limits.costs[call] ?? []).map(({ limit }) => definitionOf(limits, limit));
  const isTold = ({ read }: LimitDefinition) =>
    read?.some(
      ({ from, means, call: only }) => means !== 'limit' && means !== 'resetAt' && (from !== 'call' || only === call),
    );
  return new Set(drawn.filter(isTold).map(({ id }) => id));
}
