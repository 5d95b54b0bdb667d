import type { Metrics } from '#observability';

/** How sockets do; labels from closed sets (reliability.md 7.1). */
export interface UpdateMetrics {
  readonly connections: ReturnType<Metrics['gauge']>;
  readonly frames: ReturnType<Metrics['counter']>;
  readonly closed: ReturnType<Metrics['counter']>;
  readonly numbered: ReturnType<Metrics['counter']>;
  readonly seconds: ReturnType<Metrics['histogram']>;
}

export function updateMetrics(metrics: Metrics): UpdateMetrics {
  return {
    connections: metrics.gauge({ name: 'tranche_ws_connections', help: 'Open connections of /ws/orders/' }),
    frames: metrics.counter({
      name: 'tranche_ws_frames_total',
      help: 'Frames of /ws/orders/',
      labelNames: ['direction'],
    }),
    closed: metrics.counter({
      name: 'tranche_ws_closed_total',
      help: 'Connections of /ws/orders/ that we closed',
      labelNames: ['reason'],
    }),
    numbered: metrics.counter({
      name: 'tranche_order_updates_numbered_total',
      help: 'Updates of orders that got their number from this process',
    }),
    seconds: metrics.histogram({
      name: 'tranche_order_update_seconds',
      help: 'From the commit of an update to its frame',
    }),
  };
}
