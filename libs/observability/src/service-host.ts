import { HealthRegistry } from './health.js';
import type { Logger } from './logger.js';
import { Metrics } from './metrics.js';
import { type OpsServer, startOpsServer } from './ops-server.js';
import type { RunningService, ServiceDefinition } from './service.js';
import { withTimeLimit } from './with-time-limit.js';

/** Shorter than the 30 s that an orchestrator waits between SIGTERM and SIGKILL. */
const DRAIN_LIMIT_MS = 25_000;

export interface ServiceHostOptions {
  readonly opsHost: string;
  readonly opsPort: number;
  readonly version: string;
  /** The logger of one service, by its name. */
  readonly loggerOf: (service: string) => Logger;
  readonly drainLimitMs?: number;
}

/** Runs services in this process beside one ops server, and stops them in reverse order. */
export class ServiceHost {
  readonly metrics = new Metrics();
  readonly health = new HealthRegistry();
  readonly #running: { name: string; service: RunningService; logger: Logger }[] = [];
  #drained: Promise<boolean> | undefined;

  private constructor(
    private readonly options: ServiceHostOptions,
    private readonly drainLimitMs: number,
  ) {}

  #ops: OpsServer | undefined;

  /** @throws Error when the ops port is taken */
  static async open(options: ServiceHostOptions): Promise<ServiceHost> {
    const host = new ServiceHost(options, options.drainLimitMs ?? DRAIN_LIMIT_MS);
    host.metrics.collectProcess(options.version);
    host.#ops = await startOpsServer({
      host: options.opsHost,
      port: options.opsPort,
      metrics: host.metrics,
      health: host.health,
    });
    return host;
  }

  get opsUrl(): string {
    return this.#ops?.url ?? '';
  }

  /** Says that start-up is not over before these services have started. */
  expect(names: readonly string[]): void {
    for (const name of names) this.health.expectStart(name);
  }

  /** Starts one service after those before it. @throws whatever its `start` throws; call `drain` then */
  async start(definition: ServiceDefinition, config: Readonly<Record<string, unknown>>): Promise<RunningService> {
    const { name } = definition;
    const logger = this.options.loggerOf(name);
    this.health.expectStart(name);
    const startedAt = performance.now();
    const service = await definition.start(config, { logger, metrics: this.metrics, health: this.health });
    this.#running.push({ name, service, logger });
    this.health.markStarted(name);
    logger.info({ ms: Math.round(performance.now() - startedAt), ...service.urls }, 'started');
    return service;
  }

  /**
   * Unready first, then the services in reverse order within one time limit for all, the ops server last. Never throws.
   * @returns whether everything ended in order
   */
  drain(): Promise<boolean> {
    this.#drained ??= this.#drain();
    return this.#drained;
  }

  async #drain(): Promise<boolean> {
    this.health.markDraining();
    const deadline = performance.now() + this.drainLimitMs;
    let inOrder = true;
    for (const { name, service, logger } of this.#running.reverse()) {
      const leftMs = Math.max(1, Math.round(deadline - performance.now()));
      try {
        await withTimeLimit(`Stopping ${name}`, leftMs, service.stop());
        logger.info('stopped');
      } catch (error) {
        inOrder = false;
        logger.error({ err: error }, 'did not stop in order');
      }
    }
    await this.#ops?.close();
    this.metrics.close();
    return inOrder;
  }
}
