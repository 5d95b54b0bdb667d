/** How the venue behaves towards clients of old. Can be changed while it runs: `PUT /control/settings`. */
export interface VenueSettings {
  /** Whether spot hands out listen keys for user streams, as it did once; if not, their routes are gone (410). */
  legacyListenKey: boolean;
}
