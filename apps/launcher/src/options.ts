import { accessSync, constants, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { integer, loadConfig, opsConfig, secretUrl } from '#config';

/** Every variable that the launcher itself reads; those of the services are in their own shapes. */
export const launcherShape = {
  ...opsConfig,
  /** Of the API; 0 takes any free one. */
  PORT: integer({ min: 0, max: 65_535 }).default(8080),
  /** Every service in the launcher's process, or each a process of its own. */
  LAYOUT: z.enum(['together', 'apart'], { error: 'must be together or apart' }).default('together'),
  /** Processes of each service where they run apart. */
  REPLICAS: integer({ min: 1, max: 9 }).default(1),
  /** Holds everything that must survive a restart. */
  TRANCHE_DATA_DIR: z.string().default('.tranche'),
  /** A Postgres of your own: the owner's URL, which may create roles and tables. Unset: an embedded one. */
  DATABASE_URL: secretUrl(['postgres', 'postgresql']).optional(),
  /** A Redis of your own. Unset: an embedded one. */
  REDIS_URL: secretUrl(['redis', 'rediss']).optional(),
};

export type LauncherConfig = ReturnType<typeof loadConfig<typeof launcherShape>>;

export const HELP = `npm start [-- options]
npm run start:services [-- options]

Starts every service and the simulated exchange beside them, with an embedded Postgres and
Redis unless DATABASE_URL or REDIS_URL name others: all services in one process, or (start:services)
each a process of its own. Ctrl-C drains and stops all.

  --port N        port of the API, 0 for any free one      (PORT, default 8080)
  --data-dir DIR  where everything is kept                 (TRANCHE_DATA_DIR, default .tranche)
  --ops-port N    port of /metrics and /health             (OPS_PORT, default any free one;
                  with --apart: of the first api-gateway)
  --apart         each service a process of its own        (LAYOUT=apart)
  --replicas N    processes of each service, with --apart  (REPLICAS, default 1)
  --tape FILE     replay a recorded capture in the simulated exchange        (SIM_TAPE)
  --speed N       how many times as fast, 0.1 to 1000  (SIM_TAPE_SPEED, default 1)
  --help          this text

.env.example lists every variable. What is where is written to DIR/demo.json as well.
`;

export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/**
 * Flags over environment.
 * @returns the environment that all services are configured from, or null when help was asked for
 * @throws UsageError for an unknown flag, a tape that cannot be read, a speed out of range or without a tape
 */
export function mergeFlags(argv: readonly string[], env: NodeJS.ProcessEnv): NodeJS.ProcessEnv | null {
  const flags = parse(argv);
  if (flags.help === true) return null;
  return {
    ...env,
    ...(flags.port === undefined ? {} : { PORT: flags.port }),
    ...(flags['data-dir'] === undefined ? {} : { TRANCHE_DATA_DIR: flags['data-dir'] }),
    ...(flags['ops-port'] === undefined ? {} : { OPS_PORT: flags['ops-port'] }),
    ...(flags.apart === true ? { LAYOUT: 'apart' } : {}),
    ...(flags.replicas === undefined ? {} : { REPLICAS: flags.replicas }),
    ...tapeOf(flags.tape, flags.speed, env),
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
        apart: { type: 'boolean' },
        replicas: { type: 'string' },
        tape: { type: 'string' },
        speed: { type: 'string' },
      },
    }).values;
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}; see npm start -- --help`);
  }
}

/** What is in the tape is for the exchange to judge; that it is there and readable is said before anything starts. */
function tapeOf(tape: string | undefined, speed: string | undefined, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const file = tape === undefined ? (env['SIM_TAPE'] ?? '') : resolve(tape);
  if (speed !== undefined && file === '')
    throw new UsageError('--speed needs a tape: give --tape FILE as well; see npm start -- --help');
  if (speed !== undefined && !(/^\d+(\.\d+)?$/.test(speed) && Number(speed) >= 0.1 && Number(speed) <= 1_000))
    throw new UsageError(`--speed must be a plain number from 0.1 to 1000, was ${JSON.stringify(speed)}`);
  if (tape !== undefined) {
    assertReadable(file);
    if (file.includes(','))
      throw new UsageError(`--tape must name a file without a comma in its path, was ${file}; SIM_TAPE takes several`);
  }
  return {
    ...(tape === undefined ? {} : { SIM_TAPE: file }),
    ...(speed === undefined ? {} : { SIM_TAPE_SPEED: speed }),
  };
}

function assertReadable(file: string): void {
  try {
    accessSync(file, constants.R_OK);
    if (statSync(file).isFile()) return;
  } catch (error) {
    throw new UsageError(`--tape must name a readable file: ${(error as Error).message}`);
  }
  throw new UsageError(`--tape must name a file, was a folder or device: ${file}`);
}
