/** What one account or strategy has of a limit that others want too. */
export interface ShareSetting {
  /** Share among those that wait for a limit: whole, 1 to 4. */
  readonly weight?: number;
  /** Part of the place ceiling that direct orders of one strategy may take together, above 0 and at most 1. */
  readonly directShare?: number;
}

/** How limits are shared (venues.md B6). A strategy's setting goes before its account's, and that before everybody's. */
export interface SharingSettings {
  /** Of strategies without one of their own; default 0.5. */
  readonly directShare?: number;
  /** By id of the account. */
  readonly accounts?: Readonly<Record<string, ShareSetting>>;
  /** By id of the strategy. */
  readonly strategies?: Readonly<Record<string, ShareSetting>>;
}
