/** What others use up of limits that this venue's own callers share with them. */
export interface ForeignUse {
  /** Request weight behind this address in every minute. `isRequest`: asked to decide about a request, not to show it. */
  weight(ip: string, isRequest: boolean): number;
  /** Orders of this account in every span, as {@link weight}. */
  orders(accountId: number, isRequest: boolean): number;
}

export const NO_FOREIGN_USE: ForeignUse = { weight: () => 0, orders: () => 0 };
