import type { Metrics } from '#observability';

/** What the scheduler counts (reliability.md 7.1). */
export function schedulerMetrics(metrics: Metrics) {
  return {
    lateness: metrics.histogram({
      name: 'tranche_slice_lateness_seconds',
      help: 'How long after it was due an order was decided on',
    }),
    decideSeconds: metrics.histogram({
      name: 'tranche_decide_seconds',
      help: 'Time that one decision takes',
      buckets: [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05],
    }),
    holds: metrics.counter({
      name: 'tranche_holds_total',
      help: 'Decisions that placed nothing, by what held them',
      labelNames: ['reason'],
    }),
    conditionsHeld: metrics.gauge({
      name: 'tranche_conditions_held',
      help: 'Order conditions that this process evaluates',
    }),
    conditionEvaluations: metrics.counter({
      name: 'tranche_condition_evaluations_total',
      help: 'Evaluations of order conditions',
    }),
    watchWakes: metrics.counter({ name: 'tranche_watch_wakes_total', help: 'Wake-ups asked for by a price' }),
    redriven: metrics.counter({
      name: 'tranche_due_work_redriven_total',
      help: 'Overdue work driven again by a sweeper',
    }),
    clockSkew: metrics.gauge({
      name: 'tranche_clock_skew_seconds',
      help: 'Clock of the database minus this worker’s own',
      labelNames: ['against'],
    }),
    workerPaused: metrics.gauge({
      name: 'tranche_worker_paused',
      help: '1 while this worker takes no work',
      labelNames: ['reason'],
    }),
    dueAge: metrics.gauge({
      name: 'tranche_due_work_oldest_age_seconds',
      help: 'Age of the oldest work that is due',
      labelNames: ['kind'],
    }),
    outboxAge: metrics.gauge({ name: 'tranche_outbox_oldest_age_seconds', help: 'Age of the oldest unpublished job' }),
    outboxRefused: metrics.gauge({
      name: 'tranche_outbox_refused',
      help: 'Jobs put aside because no queue takes them',
    }),
    queueJobs: metrics.gauge({
      name: 'tranche_queue_jobs',
      help: 'Jobs by state',
      labelNames: ['queue', 'state'],
    }),
  };
}

export type SchedulerMetrics = ReturnType<typeof schedulerMetrics>;
