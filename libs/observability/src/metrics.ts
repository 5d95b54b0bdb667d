import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

const PREFIX = 'tranche_';
const LAG_SAMPLE_MS = 500;

export interface MetricOptions<Label extends string> {
  /** With the prefix and the unit: `tranche_fills_total`. */
  readonly name: string;
  readonly help: string;
  /** Labels take values from closed sets only; never an order, client or trace id. */
  readonly labelNames?: readonly Label[];
}

export interface HistogramOptions<Label extends string> extends MetricOptions<Label> {
  /** Upper bounds in seconds; default 1 ms to 60 s. */
  readonly buckets?: readonly number[];
}

const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** The process's metrics: one registry, shared by every service in it. Asking again for a known name gives the same metric. */
export class Metrics {
  readonly #registry = new Registry();
  #lagTimer: NodeJS.Timeout | undefined;

  /** @throws Error when the name is taken by another kind of metric or lacks the prefix `tranche_` */
  counter<Label extends string>(options: MetricOptions<Label>): Counter<Label> {
    return this.#known(options, Counter<Label>) ?? new Counter(this.#described(options));
  }

  /** @throws Error as `counter` */
  gauge<Label extends string>(options: MetricOptions<Label>): Gauge<Label> {
    return this.#known(options, Gauge<Label>) ?? new Gauge(this.#described(options));
  }

  /** @throws Error as `counter` */
  histogram<Label extends string>(options: HistogramOptions<Label>): Histogram<Label> {
    const buckets = [...(options.buckets ?? BUCKETS)];
    return this.#known(options, Histogram<Label>) ?? new Histogram({ ...this.#described(options), buckets });
  }

  /** Process, heap, garbage collection and event-loop figures. Once per process; ends with `close`. */
  collectProcess(version: string): void {
    if (this.#lagTimer !== undefined) return;
    collectDefaultMetrics({ register: this.#registry, prefix: PREFIX });
    this.gauge({ name: 'tranche_build_info', help: 'Always 1', labelNames: ['version'] }).set({ version }, 1);
    const lag = this.histogram({
      name: 'tranche_eventloop_lag_seconds',
      help: `How late a timer of ${LAG_SAMPLE_MS} ms fired`,
    });
    let expectedAt = performance.now() + LAG_SAMPLE_MS;
    this.#lagTimer = setInterval(() => {
      const now = performance.now();
      lag.observe(Math.max(0, now - expectedAt) / 1_000);
      expectedAt = now + LAG_SAMPLE_MS;
    }, LAG_SAMPLE_MS).unref();
  }

  /** Everything in Prometheus text format. */
  async text(): Promise<string> {
    return this.#registry.metrics();
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  close(): void {
    clearInterval(this.#lagTimer);
    this.#lagTimer = undefined;
    this.#registry.clear();
  }

  #known<Kind>(options: MetricOptions<string>, kind: new (...args: never[]) => Kind): Kind | undefined {
    const found: unknown = this.#registry.getSingleMetric(options.name);
    if (found === undefined) return undefined;
    if (found instanceof kind) return found;
    throw new Error(`Metric ${options.name} exists as another kind: must be a ${kind.name}`);
  }

  #described<Label extends string>(options: MetricOptions<Label>) {
    if (!options.name.startsWith(PREFIX)) throw new Error(`Metric name must begin with ${PREFIX}, was ${options.name}`);
    return {
      name: options.name,
      help: options.help,
      labelNames: [...(options.labelNames ?? [])],
      registers: [this.#registry],
    };
  }
}
