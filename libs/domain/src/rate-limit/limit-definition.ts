/** Who asks: order of precedence when a budget is short (venues.md B6). */
export const PRIORITIES = ['cancel', 'reduce', 'place', 'query'] as const;
export type Priority = (typeof PRIORITIES)[number];

/** The kinds that exist so far; the other families of venues.md B1 join this union. */
export type LimitKind = 'fixed_window' | 'ban';

/** What a limit is counted by; the values are joined into the name of its state. */
export type ScopePart = 'ip' | 'account' | 'key' | 'session' | 'symbol' | 'pair' | 'address';
export type Scopes = Readonly<Partial<Record<ScopePart, string>>>;

/** What to do when the venue says that a limit was passed. A `code` is more exact than a `status` and wins. */
export interface BreachRule {
  readonly status?: number;
  readonly code?: string;
  /** `retry_after`: the venue's own delay, else `sec`, else the end of the window. */
  readonly then: 'retry_after' | 'wait_window' | 'ban_sec';
  readonly sec?: number;
}

/** Where the venue tells its own count. */
export interface ReadingRule {
  readonly from: 'header' | 'body';
  readonly name: string;
  readonly means: 'used' | 'left';
}

/** One limit of a venue, as data (venues.md B2). */
export interface LimitDefinition {
  readonly id: string;
  readonly venue: string;
  readonly scope: readonly ScopePart[];
  readonly kind: LimitKind;
  /** Windows are aligned to the epoch by the venue's clock. A ban has neither figure. */
  readonly params: { readonly limit: number; readonly windowMs: number };
  readonly read?: readonly ReadingRule[];
  /** Where the venue announces the limit itself: `<rateLimitType>/<interval>/<number>` of that call's answer. */
  readonly confirm?: { readonly call: string; readonly select: string; readonly everySec: number };
  /** Share of the limit, in thousandths, up to which each priority may go; see {@link CANCEL_CEILINGS}. */
  readonly ceilings?: Readonly<Record<Priority, number>>;
  readonly breach: readonly BreachRule[];
}

/** What one call takes of one limit. `steps`: the first whose bound the parameter does not pass. */
export type Cost =
  | number
  | { readonly byParam: string; readonly fallback: number; readonly steps: readonly (readonly [number, number])[] };

export interface CallCost {
  readonly limit: string;
  readonly cost: Cost;
  /** What the venue counts instead when the call succeeded. */
  readonly onSuccess?: number;
}

/** Per call, written `<verb> <path>`, what it takes of which limit. */
export type EndpointCosts = Readonly<Record<string, readonly CallCost[]>>;

/** Ceilings in thousandths on limits that a cancel draws on: the last tenth is the emergency share. */
export const CANCEL_CEILINGS: Readonly<Record<Priority, number>> = { query: 550, place: 700, reduce: 800, cancel: 900 };
/** Ceilings in thousandths on limits that no cancel draws on, such as order counts. */
export const FREE_OF_CANCELS_CEILINGS: Readonly<Record<Priority, number>> = {
  query: 1000,
  place: 950,
  reduce: 1000,
  cancel: 1000,
};
/** Share of each limit that is never granted through the shared state, in thousandths. */
export const EMERGENCY_SHARE = 100;

/** One limit as one call meets it: plain integers, so that the script computes the same numbers. */
export interface LimitDraw {
  /** `<limit id>:<scope values>`: what the state is kept under. */
  readonly name: string;
  readonly id: string;
  readonly scope: string;
  readonly kind: LimitKind;
  readonly limit: number;
  readonly windowMs: number;
  /** In thousandths of the limit. */
  readonly ceiling: number;
  /** 0 draws nothing and is never refused, but lets a reading of that limit be applied. */
  readonly cost: number;
  readonly onSuccess: number;
}

/** @throws RangeError when the parameter lies above the last step */
export function costOf(cost: Cost, params: Readonly<Record<string, number>> = {}): number {
  if (typeof cost === 'number') return cost;
  const value = params[cost.byParam] ?? cost.fallback;
  const step = cost.steps.find(([bound]) => value <= bound);
  if (!step) throw new RangeError(`Parameter ${cost.byParam} must be at most ${cost.steps.at(-1)?.[0]}, was ${value}`);
  return step[1];
}

/** @throws RangeError when a part of the limit's scope is not given, or could be mistaken for another scope */
export function scopeOf(definition: LimitDefinition, scopes: Scopes): string {
  return definition.scope
    .map((part) => {
      const value = scopes[part];
      if (value === undefined || value === '') throw new RangeError(`Limit ${definition.id} needs scope ${part}`);
      if (/[{}|:\s]/.test(value)) throw new RangeError(`Scope ${part} must not hold {}|: or blanks, was "${value}"`);
      return value;
    })
    .join('/');
}
