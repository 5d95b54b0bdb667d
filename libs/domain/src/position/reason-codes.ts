/** How a signal ended, exactly one per authenticated signal (signal-apis.md 5.3, a closed list). */
export const SIGNAL_REASONS = {
  effect: ['opened', 'armed', 'updated', 'increased', 'reduced', 'closed', 'reversed', 'exited_all', 'test_ok'],
  noEffect: ['duplicate', 'ignored_no_position', 'ignored_already_closed', 'ignored_already_in_state'],
  refused: [
    'expired',
    'rejected_schema',
    'rejected_symbol',
    'rejected_side',
    'rejected_live_position',
    'rejected_triggered_item',
    'rejected_locked_field',
    'rejected_position_unknown',
    'rejected_no_price',
    'rejected_risk',
    'rejected_disabled',
  ],
  fault: ['failed_internal'],
} as const;

export type SignalReason = (typeof SIGNAL_REASONS)[keyof typeof SIGNAL_REASONS][number];
export type SignalRefusal = (typeof SIGNAL_REASONS)['refused'][number];

/** Why a leg was left out of a position at its first order. */
export const LEG_SKIPS = [
  'paused',
  'limited',
  'max_positions',
  'insufficient_balance',
  'below_minimum',
  'instrument_unavailable',
  'opposite_side_live',
  'leverage_refused',
  'stale_entry',
] as const;
export type LegSkip = (typeof LEG_SKIPS)[number];
export type LegFailure = 'venue_rejected' | 'risk_denied' | 'entry_expired' | 'exit_stuck';
export type LegEnd = 'exited' | 'canceled' | 'liquidated' | 'abandoned';
