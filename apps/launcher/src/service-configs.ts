import { ConfigError, loadConfig } from '#config';
import type { ServiceDefinition } from '#observability';
import { type LauncherConfig, launcherShape } from './options.js';

export type ServiceConfig = Readonly<Record<string, unknown>>;

/**
 * The configuration of every service, read from the environment that `environmentOf` gives each.
 * @throws ConfigError with the problems of all services at once
 */
export function configureServices(
  services: readonly ServiceDefinition[],
  environmentOf: (service: string) => NodeJS.ProcessEnv,
): ReadonlyMap<string, ServiceConfig> {
  const configs = new Map<string, ServiceConfig>();
  const problems = new Set<string>();
  for (const { name, shape } of services) {
    try {
      configs.set(name, loadConfig(shape as Record<string, never>, environmentOf(name)));
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      for (const problem of error.problems) problems.add(problem);
    }
  }
  if (problems.size > 0) throw new ConfigError([...problems]);
  return configs;
}

/** What the launcher fills in itself, so that the rest can be checked before anything is started. */
const FILLED_IN = {
  DATABASE_URL: 'postgres://filled-in/later',
  REDIS_URL: 'redis://filled-in',
  SIM_VENUE_URL: 'http://filled-in',
  SIM_USDM_URL: 'http://filled-in',
  CREDENTIALS_MASTER_KEY: '0'.repeat(64),
  SIGNAL_SECRETS_KEY: '0'.repeat(64),
};

/**
 * The launcher's own configuration, after a look at that of every service.
 * @throws ConfigError with the problems of all of them at once
 */
export function configureLauncher(services: readonly ServiceDefinition[], env: NodeJS.ProcessEnv): LauncherConfig {
  const problems: string[] = [];
  const collect = <T>(work: () => T): T | undefined => {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(...error.problems);
      return undefined;
    }
  };
  const config = collect(() => loadConfig(launcherShape, env));
  collect(() => configureServices(services, () => ({ ...env, ...FILLED_IN })));
  if (config === undefined || problems.length > 0) throw new ConfigError([...new Set(problems)]);
  return config;
}
