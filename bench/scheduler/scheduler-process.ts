import { createLogger, HealthRegistry, Metrics, type RunningService } from '#observability';
import { loadConfig } from '#config';
import { orderSchedulerService } from '../../apps/order-scheduler/src/service.js';
import { instrument, startProfile, stopProfile, takeCounts } from '../pipeline/instruments.js';
import { serve } from '../pipeline/worker.js';

export interface SchedulerStart {
  readonly environment: Readonly<Record<string, string>>;
}

/** Raw samples since they were last taken. */
export interface Samples {
  /** How late wake-ups were, ms. */
  readonly lateMs: readonly number[];
  /** What one `decide` took, microseconds. */
  readonly decideUs: readonly number[];
  /** Decisions that found the order held back, by reason. */
  readonly holds: Readonly<Record<string, number>>;
}

let running: RunningService | undefined;
let lateMs: number[] = [];
let decideUs: number[] = [];
let holds: Record<string, number> = {};

/** The raw samples behind the scheduler's histograms, and its counter of holds. */
function keepSamples(metrics: Metrics): void {
  const histogram = metrics.histogram.bind(metrics);
  metrics.histogram = (options) => {
    const known = histogram(options);
    if (options.name === 'tranche_slice_lateness_seconds')
      known.observe = ((seconds: number) => void lateMs.push(seconds * 1_000)) as typeof known.observe;
    if (options.name === 'tranche_decide_seconds')
      known.startTimer = (() => {
        const began = performance.now();
        return () => void decideUs.push((performance.now() - began) * 1_000);
      }) as unknown as typeof known.startTimer;
    return known;
  };
  const counter = metrics.counter.bind(metrics);
  metrics.counter = (options) => {
    const known = counter(options);
    if (options.name === 'tranche_holds_total')
      known.inc = (({ reason }: { reason: string }) => {
        holds[reason] = (holds[reason] ?? 0) + 1;
      }) as typeof known.inc;
    return known;
  };
}

serve({
  start: async ({ environment }: SchedulerStart) => {
    instrument();
    const metrics = new Metrics();
    keepSamples(metrics);
    running = await orderSchedulerService.start(loadConfig(orderSchedulerService.shape, environment), {
      logger: createLogger('order-scheduler', process.env['LOG_LEVEL'] ?? 'error'),
      metrics,
      health: new HealthRegistry(),
    });
  },
  takeCounts,
  takeSamples: (): Samples => {
    const taken = { lateMs, decideUs, holds };
    [lateMs, decideUs, holds] = [[], [], {}];
    return taken;
  },
  /** Bytes of living objects, after a full collection. */
  heapBytes: () => {
    globalThis.gc?.();
    return process.memoryUsage().heapUsed;
  },
  startProfile,
  stopProfile,
  stop: () => running?.stop(),
});
