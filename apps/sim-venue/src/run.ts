import { ConfigError, loadConfig } from '#config';
import { bindProblem, simVenueConfig, type SimVenueConfig } from './config.js';
import { TapeError } from './market/replay/tape-error.js';
import { startSimVenue, type SimVenue } from './sim-venue.js';

/** Problems go to standard error; standard output is for what the exchange says when it is ready. */
export function fail(message: string): never {
  process.stderr.write(`sim-venue: ${message}\n`);
  process.exit(1);
}

/**
 * Runs the exchange as this process: SIGTERM and SIGINT end it with 0. A setting, tape or port that stands in the way ends
 * the process with 1 and one clear message.
 */
export async function runSimVenue(env: NodeJS.ProcessEnv): Promise<{ venue: SimVenue; config: SimVenueConfig }> {
  const config = readConfig(env);
  const problem = bindProblem(config);
  if (problem !== null) fail(problem);
  const venue = await startSimVenue(config, { onCrash: report }).catch((error: unknown) => fail(startProblem(error)));
  let stopping = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => {
      if (stopping) return;
      stopping = true;
      void venue.stop().then(() => process.exit(0));
    });
  return { venue, config };
}

function readConfig(env: NodeJS.ProcessEnv): SimVenueConfig {
  try {
    return loadConfig(simVenueConfig, env);
  } catch (error) {
    if (error instanceof ConfigError) fail(error.message);
    throw error;
  }
}

function report(error: unknown): void {
  if (error instanceof TapeError) process.stderr.write(`sim-venue: ${error.message}\n`);
  else process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
}

function startProblem(error: unknown): string {
  const { code, port, message } = error as NodeJS.ErrnoException & { port?: number };
  if (code === 'EADDRINUSE')
    return `port ${port} is taken: stop what listens there, or set SIM_CONTROL_PORT, SIM_SPOT_PORT and SIM_USDM_PORT (0 takes any free port)`;
  return message;
}
