import { parseArgs } from 'node:util';
import { z } from 'zod';
import { integer, loadConfig, opsConfig, secretUrl } from '#config';

/** Every variable that the launcher itself reads; those of the services are in their own shapes. */
export const launcherShape = {
  ...opsConfig,
  /** Of the API; 0 takes any free one. */
  PORT: integer({ min: 0, max: 65_535 }).default(8080),
  /** Holds everything that must survive a restart. */
  TRANCHE_DATA_DIR: z.string().default('.tranche'),
  /** A Postgres of your own: the owner's URL, which may create roles and tables. Unset: an embedded one. */
  DATABASE_URL: secretUrl(['postgres', 'postgresql']).optional(),
  /** A Redis of your own. Unset: an embedded one. */
  REDIS_URL: secretUrl(['redis', 'rediss']).optional(),
};

export type LauncherConfig = ReturnType<typeof loadConfig<typeof launcherShape>>;

export const HELP = `npm start [-- options]

Starts every service in one process and the simulated exchange beside it, with an embedded
Postgres and Redis unless DATABASE_URL or REDIS_URL name others. Ctrl-C drains and stops all.

  --port N        port of the API, 0 for any free one      (PORT, default 8080)
  --data-dir DIR  where everything is kept                 (TRANCHE_DATA_DIR, default .tranche)
  --ops-port N    port of /metrics and /health             (OPS_PORT, default any free one)
  --help          this text

.env.example lists every variable. What is where is written to DIR/demo.json as well.
`;

export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/**
 * Flags over environment.
 * @returns the environment that all services are configured from, or null when help was asked for
 * @throws UsageError for an unknown flag
 */
export function mergeFlags(argv: readonly string[], env: NodeJS.ProcessEnv): NodeJS.ProcessEnv | null {
  const flags = parse(argv);
  if (flags.help === true) return null;
  return {
    ...env,
    ...(flags.port === undefined ? {} : { PORT: flags.port }),
    ...(flags['data-dir'] === undefined ? {} : { TRANCHE_DATA_DIR: flags['data-dir'] }),
    ...(flags['ops-port'] === undefined ? {} : { OPS_PORT: flags['ops-port'] }),
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        help: { type: 'boolean', short: 'h' },
        port: { type: 'string' },
        'data-dir': { type: 'string' },
        'ops-port': { type: 'string' },
      },
    }).values;
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}; see npm start -- --help`);
  }
}
