import type { z } from 'zod';
import type { HealthRegistry } from './health.js';
import type { Logger } from './logger.js';
import type { Metrics } from './metrics.js';

/** What a process gives to each service it runs. */
export interface ServiceRuntime {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly health: HealthRegistry;
}

/** One app as a value: run alone by its `main.ts`, or beside the others by the launcher. */
// oxlint-disable-next-line typescript/no-explicit-any -- a list of definitions with different shapes has no narrower type
export interface ServiceDefinition<Shape extends z.ZodRawShape = any> {
  /** As the app's folder: `order-scheduler`. */
  readonly name: string;
  /** Every environment variable it reads, with defaults. */
  readonly shape: Shape;
  start(config: Readonly<z.output<z.ZodObject<Shape>>>, runtime: ServiceRuntime): Promise<RunningService>;
}

export interface RunningService {
  /** Graceful drain: no new work, what is in flight is finished or handed back. */
  stop(): Promise<void>;
  /** What people may open or call, by name. */
  readonly urls?: Readonly<Record<string, string>>;
}
