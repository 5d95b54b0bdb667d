import { ConfigError, loadConfig } from '#config';
import type { ServiceDefinition } from '#observability';

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
