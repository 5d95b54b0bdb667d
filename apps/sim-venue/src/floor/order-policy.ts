/** An order as far as rules about orders may know it. */
export interface OrderFacts {
  readonly accountId: number;
  readonly symbol: string;
  readonly clientOrderId: string;
}

/** What becomes of an order whose client id was used before; `return`: the answer is the earlier order. */
export type SameId = 'accept' | 'refuse' | 'return';

/**
 * When an order that passed every check begins to live: `now`, before the answer; `later`, some time after it was
 * acknowledged; `never`, though it was acknowledged.
 */
export type Acceptance = { readonly kind: 'now' | 'never' } | { readonly kind: 'later'; readonly ms: number };

/** What happens around one fill. The ledger has the fill at once in any case. */
export interface FillFate {
  /** How long nobody hears of it, not even in the answer to a cancel; 0: not at all. */
  readonly delayMs: number;
  /** Lots traded beyond the order's quantity, at the price of the fill that completed it. */
  readonly overfillLots: number;
  /** When the exchange takes the trade back; null: never. */
  readonly bustAfterMs: number | null;
}

export const ORDINARY_FILL: FillFate = { delayMs: 0, overfillLots: 0, bustAfterMs: null };

/** Who is kept from seeing something: those who query, or also the answer to a cancel. */
export type Onlooker = 'query' | 'reply';

/** How an order stands when a query looks for it. */
export interface SoughtOrder extends OrderFacts {
  readonly isOpen: boolean;
  readonly isFilled: boolean;
  readonly hasFills: boolean;
  /** When it last changed, on the venue's clock. */
  readonly updatedAt: number;
}

/**
 * Habits in which one venue differs from another, and misbehaves. A product asks at each of these points; matching and
 * the ledger know nothing of it. One object serves one product.
 */
export interface OrderPolicy {
  /** Whether orders of this symbol are taken; both products refuse them as their vendor does if not. */
  isTrading(symbol: string): boolean;
  /** Asked only when the account had an order of this symbol under this client id. */
  sameId(order: OrderFacts, earlier: { readonly isOpen: boolean }): SameId;
  acceptance(order: OrderFacts): Acceptance;
  /** The ledger has a new order; `order` is the object by which {@link hides} is asked about it. */
  accepted(facts: OrderFacts, order: object): void;
  /** The ledger has a new fill; `fill` is the object by which {@link hides} is asked about it. */
  filled(facts: OrderFacts, fill: object): FillFate;
  /** Keeps a fill that came with another one from everybody, as long as that one; see {@link FillFate}. */
  withhold(facts: OrderFacts, fill: object, ms: number): void;
  /** Whether an order or a fill is not to be seen yet. */
  hides(what: object, from: Onlooker): boolean;
  /** Whether {@link hides} could be true of anything of this account now. */
  hidesAnything(accountId: number): boolean;
  /** Whether a query finds an order of the ledger: by its id, or in a list of past orders. */
  finds(order: SoughtOrder, by: 'id' | 'list'): boolean;
  /** Runs `action` after `ms` of real time, unless the venue is reset or stopped before. */
  later(ms: number, action: () => void): void;
}

/** The vendor on a good day. */
export const ORDINARY_POLICY: OrderPolicy = {
  isTrading: () => true,
  sameId: (_order, earlier) => (earlier.isOpen ? 'refuse' : 'accept'),
  acceptance: () => ({ kind: 'now' }),
  accepted: () => undefined,
  filled: () => ORDINARY_FILL,
  withhold: () => undefined,
  hides: () => false,
  hidesAnything: () => false,
  finds: () => true,
  later: () => {
    throw new Error('A policy without delays has nothing to do later');
  },
};
