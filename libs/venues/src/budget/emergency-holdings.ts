/**
 * The part of the emergency share that one process may spend alone (venues.md B7). Each is a lease, so it may be gone
 * with the next look; `epoch` rises with every change of hands.
 */
export interface EmergencyPortion {
  /** `slot:<egress>/<slot>/<of slots>`, `venue:<venue>` or `account:<account id>`. */
  readonly id: string;
  readonly epoch: number;
}

/** What this process holds now, by leases in Postgres. */
export interface EmergencyHoldings {
  /** Among how many processes the share of a limit of an address is divided (`MAX_GATEWAY_PODS`). */
  readonly slots: number;
  /** Our slot among those that share an address; null without one: then nothing of such a share is ours. */
  slot(): EmergencyPortion | null;
  /** For shares of the venue that are too small to be divided. */
  venue(): EmergencyPortion | null;
  /** Shares of an account's own limits belong whole to the holder of the account's lease. */
  account(accountId: string): EmergencyPortion | null;
}

/**
 * What was spent of the portions, kept where a later holder finds it: the venue still counts the calls of the one
 * before. Written ahead of the calls, in blocks.
 */
export interface EmergencyLedger {
  /** What may still count at the venue; `forMs` from now. Null when nothing. */
  useOf(limitName: string, portion: string): Promise<{ readonly used: number; readonly forMs: number } | null>;
  /** Must be durable before it resolves; false when the portion is no longer ours. */
  noteUse(limitName: string, portion: string, use: { readonly used: number; readonly forMs: number }): Promise<boolean>;
}

/** For a process that has no others beside it, or for tests: a slot that is always ours. */
export function fixedSlot(slots: number): EmergencyHoldings {
  const sole = slots === 1 ? { epoch: 1 } : null;
  return {
    slots,
    slot: () => ({ id: `slot:fixed/0/${slots}`, epoch: 1 }),
    venue: () => sole && { id: 'venue:fixed', ...sole },
    account: (accountId) => sole && { id: `account:${accountId}`, ...sole },
  };
}
