import { ConfigError, loadConfig, opsConfig } from '#config';
import { exitOnSignals } from './exit-signals.js';
import { createLogger } from './logger.js';
import type { ServiceDefinition } from './service.js';
import { ServiceHost } from './service-host.js';
import { VERSION } from './version.js';

/** The whole of a `main.ts`: configuration, ops server, start, drain on SIGTERM or SIGINT. A faulty start exits with 1. */
export async function runService(definition: ServiceDefinition): Promise<void> {
  try {
    await openAndStart(definition);
  } catch (error) {
    const text = error instanceof ConfigError ? error.message : `Cannot start: ${String(error)}`;
    process.stderr.write(`${definition.name}: ${text}\n`);
    process.exit(1);
  }
}

async function openAndStart(definition: ServiceDefinition): Promise<void> {
  const shape = definition.shape as typeof opsConfig;
  const config = loadConfig({ ...shape, ...opsConfig });
  const logger = createLogger(definition.name, config.LOG_LEVEL);
  const host = await ServiceHost.open({
    opsHost: config.OPS_HOST,
    opsPort: config.OPS_PORT,
    version: VERSION,
    loggerOf: () => logger,
  });
  exitOnSignals(logger, () => host.drain());
  logger.info({ opsUrl: host.opsUrl, pid: process.pid, version: VERSION }, 'starting');
  try {
    const { urls = {} } = await host.start(definition, config);
    tellParent({ ready: true, pid: process.pid, opsUrl: host.opsUrl, urls });
  } catch (error) {
    logger.fatal({ err: error }, 'could not start');
    await host.drain();
    process.exit(1);
  }
}

/** A parent that opened a channel to us, as the launcher does, learns where we are; when it is gone, we drain. */
function tellParent(message: object): void {
  if (process.send === undefined) return;
  process.send(message);
  const follow = (): void => {
    process.kill(process.pid, 'SIGTERM');
  };
  if (process.connected) process.once('disconnect', follow);
  else follow();
}
