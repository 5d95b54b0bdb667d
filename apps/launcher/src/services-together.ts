import { type Logger, ServiceHost, VERSION } from '#observability';
import { taken } from './cannot-start.js';
import type { LauncherConfig } from './options.js';
import type { RunningServices, ServiceEntry } from './running-services.js';
import { configureServices } from './service-configs.js';
import { SERVICES } from './services.js';
import { waitUntil } from './stores/server-process.js';
import type { Undo } from './undo.js';

/**
 * Runs every service in this very process.
 * @throws CannotStart when a port is taken, ConfigError
 */
export async function startTogether(
  config: LauncherConfig,
  environmentOf: (service: string) => NodeJS.ProcessEnv,
  loggerOf: (service: string) => Logger,
  undo: Undo,
): Promise<RunningServices> {
  const configs = configureServices(SERVICES, environmentOf);
  const host = await ServiceHost.open({
    opsHost: config.OPS_HOST,
    opsPort: config.OPS_PORT,
    version: VERSION,
    loggerOf,
  }).catch((error: unknown) => {
    throw taken(error, config.OPS_PORT, '--ops-port');
  });
  undo.add('the services', () => host.drain());
  host.expect(SERVICES.map(({ name }) => name));
  const entries: ServiceEntry[] = [];
  for (const service of SERVICES) {
    const { name } = service;
    const running = await host.start(service, configs.get(name) ?? {}).catch((error: unknown) => {
      throw taken(error, config.PORT, '--port');
    });
    const api = running.urls?.['api'];
    entries.push({
      name,
      replica: 1,
      pid: process.pid,
      opsUrl: host.opsUrl,
      ...(api === undefined ? {} : { apiUrl: new URL(api).origin }),
    });
  }
  return {
    entries: () => entries,
    untilReady: async (limitMs) => {
      await waitUntil(async () => (await host.health.ready()).status === 'ok', limitMs);
    },
  };
}
