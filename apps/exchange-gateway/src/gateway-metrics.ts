import type { Metrics } from '#observability';

/** What the gateway counts (reliability.md 7.1). */
export function gatewayMetrics(metrics: Metrics) {
  return {
    transitions: metrics.counter({
      name: 'tranche_child_transitions_total',
      help: 'Changes of state of child orders',
      labelNames: ['venue', 'from', 'to'],
    }),
    illegalEvents: metrics.counter({
      name: 'tranche_child_illegal_events_total',
      help: 'Events that did not fit the state of their child order',
      labelNames: ['status', 'event'],
    }),
    fills: metrics.counter({ name: 'tranche_fills_total', help: 'Fills booked', labelNames: ['venue'] }),
    fillAnomalies: metrics.counter({
      name: 'tranche_fill_anomalies_total',
      help: 'Fills that came late, were too large, had to be inferred, were taken back, or were of orders of others',
      labelNames: ['venue', 'kind'],
    }),
    placements: metrics.histogram({
      name: 'tranche_venue_request_seconds',
      help: 'Time from sending a request to its answer',
      labelNames: ['venue', 'operation', 'outcome'],
    }),
    staleEpochs: metrics.counter({
      name: 'tranche_stale_epoch_refused_total',
      help: 'Claims and leases lost to another process, and words under an older one',
      labelNames: ['service'],
    }),
    credentialDecrypts: metrics.counter({
      name: 'tranche_credential_decrypts_total',
      help: 'Venue keys opened for use, each with an audit entry',
      labelNames: ['outcome'],
    }),
    accountsHeld: metrics.gauge({
      name: 'tranche_accounts_held',
      help: 'Accounts whose lease this process holds, by venue',
      labelNames: ['venue'],
    }),
    unknownResolved: metrics.counter({
      name: 'tranche_unknown_resolved_total',
      help: 'Child orders whose fate was found out',
      labelNames: ['venue', 'result'],
    }),
    unknownResolution: metrics.histogram({
      name: 'tranche_unknown_resolution_seconds',
      help: 'Time for which the outcome of a child order was not known',
      labelNames: ['venue'],
      buckets: [0.5, 1, 2, 5, 10, 15, 20, 30, 60, 120],
    }),
    unknownOpen: metrics.gauge({
      name: 'tranche_unknown_open',
      help: 'Child orders whose outcome is not known, parked ones not counted',
      labelNames: ['venue'],
    }),
    unknownOldestAge: metrics.gauge({
      name: 'tranche_unknown_oldest_age_seconds',
      help: 'For how long the oldest unknown outcome is not known, parked ones included',
      labelNames: ['venue'],
    }),
    unknownPaged: metrics.counter({
      name: 'tranche_unknown_paged_total',
      help: 'Child orders that a person was called for: unknown for a minute, or parked',
      labelNames: ['venue'],
    }),
    parkedOpen: metrics.gauge({
      name: 'tranche_parked_open',
      help: 'Child orders that only a person can resolve',
      labelNames: ['venue'],
    }),
    denied: metrics.counter({
      name: 'tranche_risk_denied_total',
      help: 'Child orders stopped by the last gate',
      labelNames: ['reason'],
    }),
    haltCancels: metrics.counter({
      name: 'tranche_halt_cancels_total',
      help: 'Child orders whose cancel a halt asked for',
    }),
    riskReported: metrics.counter({
      name: 'tranche_risk_reported_total',
      help: 'Child orders beyond a limit that is only reported for their account',
      labelNames: ['reason'],
    }),
    riskSeconds: metrics.histogram({
      name: 'tranche_risk_check_seconds',
      help: 'Time that the last gate takes to judge what was read',
      buckets: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01],
    }),
    budgetDenied: metrics.counter({
      name: 'tranche_limit_denied_total',
      help: 'Calls that were refused a rate budget for now',
      labelNames: ['reason', 'class'],
    }),
    limitWait: metrics.histogram({
      name: 'tranche_limit_wait_seconds',
      help: 'From the first refusal of a call’s rate budget to its grant; 0 when it was granted at once',
      labelNames: ['class'],
      buckets: [0, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    }),
    limitCorrection: metrics.gauge({
      name: 'tranche_limit_venue_correction',
      help: 'Last difference between a venue’s own count of a limit and ours: venue minus local',
      labelNames: ['venue', 'limit'],
    }),
    limitEmergency: metrics.counter({
      name: 'tranche_limit_emergency_total',
      help: 'Calls paid from the emergency share: cancels without Redis, and probes',
      labelNames: ['venue'],
    }),
    limitScript: metrics.histogram({
      name: 'tranche_limit_script_seconds',
      help: 'Time that the budget’s scripts took, from the call to the answer',
      buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25],
    }),
    streamUp: metrics.gauge({
      name: 'tranche_venue_stream_up',
      help: '1 while the user stream of an account is live',
      labelNames: ['venue', 'account'],
    }),
    reconcileDrift: metrics.gauge({
      name: 'tranche_reconcile_drift',
      help: 'Differences from the venue that the last comparison found',
      labelNames: ['venue', 'account', 'kind'],
    }),
    reconciledAt: metrics.gauge({
      name: 'tranche_reconcile_last_success_timestamp_seconds',
      help: 'When an account was last compared with its venue',
      labelNames: ['venue', 'account', 'kind'],
    }),
    foreignOrders: metrics.gauge({
      name: 'tranche_foreign_orders',
      help: 'Open orders of others at an account',
      labelNames: ['venue', 'account'],
    }),
    streamGaps: metrics.counter({
      name: 'tranche_venue_stream_gaps_total',
      help: 'Interruptions of user streams, each followed by a comparison over REST',
      labelNames: ['venue', 'account'],
    }),
  };
}

export type GatewayMetrics = ReturnType<typeof gatewayMetrics>;
