/** Who asks: order of precedence when a budget is short (venues.md B6). */
export const PRIORITIES = ['cancel', 'reduce', 'place', 'query'] as const;
export type Priority = (typeof PRIORITIES)[number];

/**
 * What a limit is made of, by its kind (venues.md B1). Rates are a second and may have three decimals,
 * amounts of the kinds with a level (`token_bucket`, `decaying_counter`, `credits`) up to six; all other
 * figures are whole.
 */
export interface LimitParams {
  /**
   * Windows are aligned to the epoch by the venue's clock. `fillCredit`: what the first fill of an order
   * gives back.
   */
  readonly fixed_window: { readonly limit: number; readonly windowMs: number; readonly fillCredit?: number };
  readonly rolling_window: { readonly limit: number; readonly windowMs: number };
  readonly token_bucket: { readonly rate: number; readonly burst: number };
  /** `resumeBelow`: once the venue refused, the limit opens when its level is there; default half of `max`. */
  readonly decaying_counter: { readonly max: number; readonly decay: number; readonly resumeBelow?: number };
  readonly credits: { readonly pool: number; readonly refill: number };
  /** The cap is read from the venue. `dripMs`: beyond it one action in so long is allowed; 0 = none. */
  readonly lifetime_budget: { readonly base: number; readonly dripMs: number };
  /** At most `cap` in any `blocks` blocks in a row; `blockMs`: the longest that one usually takes. */
  readonly per_block: { readonly cap: number; readonly blocks: number; readonly blockMs: number };
  /** A pool of its own for batches, whose cost is the number of orders; counted as its base kind is. */
  readonly batch_pool:
    | ({ readonly base: 'fixed_window' } & LimitParams['fixed_window'])
    | ({ readonly base: 'rolling_window' } & LimitParams['rolling_window'])
    | ({ readonly base: 'token_bucket' } & LimitParams['token_bucket'])
    | ({ readonly base: 'decaying_counter' } & LimitParams['decaying_counter']);
  readonly ban: Readonly<Record<string, never>>;
}
export type LimitKind = keyof LimitParams;
/** How a limit is counted: a batch pool is counted as its base kind. */
export type FamilyKind = Exclude<LimitKind, 'batch_pool'>;

/** What a limit is counted by; the values are joined into the name of its state. */
export type ScopePart = 'ip' | 'account' | 'key' | 'session' | 'symbol' | 'pair' | 'address';
export type Scopes = Readonly<Partial<Record<ScopePart, string>>>;

/** What to do when the venue says that a limit was passed. A `code` is more exact than a `status` and wins. */
export interface BreachRule {
  readonly status?: number;
  readonly code?: string;
  /**
   * `retry_after`: the venue's own time or delay, else `sec`, else as `wait_window`. `wait_window`: to the
   * end of the window; for a kind with a level until it is down to where it resumes. `ban_sec`: `sec`.
   * `session_kill`: the venue ends the session; nothing until the pool is full again, then a new login.
   */
  readonly then: 'retry_after' | 'wait_window' | 'ban_sec' | 'session_kill';
  readonly sec?: number;
}

/** Where the venue tells about a limit. */
export interface ReadingRule {
  /** `call`: only the call named `call` tells it, in its body. */
  readonly from: 'header' | 'body' | 'call';
  readonly name: string;
  /** `limit`: the figure itself; `resetAt`: when a limit that was passed opens, in ms by the venue's clock. */
  readonly means: 'used' | 'left' | 'limit' | 'resetAt' | 'height';
  readonly call?: string;
}

interface DefinitionOf<Kind extends LimitKind> {
  readonly id: string;
  readonly venue: string;
  readonly scope: readonly ScopePart[];
  readonly kind: Kind;
  readonly params: LimitParams[Kind];
  /** Other figures for accounts of a tier, by its name. */
  readonly tier?: Readonly<Record<string, Partial<LimitParams[Kind]>>>;
  readonly read?: readonly ReadingRule[];
  /** Where the venue announces the limit itself: what to select from that call's answer. */
  readonly confirm?: { readonly call: string; readonly select: string; readonly everySec: number };
  /** Share of the limit, in thousandths, up to which each priority may go; missing: {@link CANCEL_CEILINGS}. */
  readonly ceilings?: Readonly<Partial<Record<Priority, number>>>;
  readonly breach: readonly BreachRule[];
}

/** One limit of a venue, as data (venues.md B2). */
export type LimitDefinition = { [Kind in LimitKind]: DefinitionOf<Kind> }[LimitKind];

/** Ceilings in thousandths on limits that a cancel draws on: the last tenth is the emergency share. */
export const CANCEL_CEILINGS: Readonly<Record<Priority, number>> = { query: 550, place: 700, reduce: 800, cancel: 900 };
/** Ceilings in thousandths on limits that no cancel draws on, such as order counts. */
export const FREE_OF_CANCELS_CEILINGS: Readonly<Record<Priority, number>> = {
  query: 1000,
  place: 950,
  reduce: 1000,
  cancel: 1000,
};

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
