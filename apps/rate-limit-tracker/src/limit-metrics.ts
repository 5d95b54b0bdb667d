import type { Metrics } from '#observability';

/** Gauges of the budgets, by closed sets: scopes are named by their kind, never by an account. */
export function limitMetrics(metrics: Metrics) {
  return {
    used: metrics.gauge({
      name: 'tranche_venue_budget_used_ratio',
      help: 'Used share of a venue limit in the running window, of the fullest scope',
      labelNames: ['venue', 'limit'],
    }),
    banned: metrics.gauge({
      name: 'tranche_venue_banned',
      help: '1 while the venue refuses every call of one of our addresses',
      labelNames: ['venue'],
    }),
    crossings: metrics.counter({
      name: 'tranche_venue_limit_crossings_total',
      help: 'Usage thresholds reached for the first time in a window, by percent',
      labelNames: ['venue', 'limit', 'threshold'],
    }),
  };
}

export type LimitMetrics = ReturnType<typeof limitMetrics>;
