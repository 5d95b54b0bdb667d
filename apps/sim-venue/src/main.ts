import { ConfigError, loadConfig } from '#config';
import { bindProblem, simVenueConfig } from './config.js';
import { TapeError } from './market/replay/tape-error.js';
import { startSimVenue, writeEndpoints } from './sim-venue.js';

/** Problems go to standard error; standard output carries the one line that says the exchange is ready. */
function fail(message: string): never {
  process.stderr.write(`sim-venue: ${message}\n`);
  process.exit(1);
}

function readConfig() {
  try {
    return loadConfig(simVenueConfig);
  } catch (error) {
    if (error instanceof ConfigError) fail(error.message);
    throw error;
  }
}

function startProblem(error: unknown): string {
  const { code, port, message } = error as NodeJS.ErrnoException & { port?: number };
  if (code === 'EADDRINUSE')
    return `port ${port} is taken: stop what listens there, or set SIM_CONTROL_PORT, SIM_SPOT_PORT and SIM_USDM_PORT (0 takes any free port)`;
  return message;
}

const config = readConfig();
const problem = bindProblem(config);
if (problem !== null) fail(problem);

const venue = await startSimVenue(config, {
  onCrash: (error) =>
    process.stderr.write(
      error instanceof TapeError
        ? `sim-venue: ${error.message}\n`
        : `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    ),
}).catch((error: unknown) => fail(startProblem(error)));

let stopping = false;
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.on(signal, () => {
    if (stopping) return;
    stopping = true;
    void venue.stop().then(() => process.exit(0));
  });

const ready = JSON.stringify({
  ready: true,
  controlUrl: venue.controlUrl,
  spotUrl: venue.spotUrl,
  usdmUrl: venue.usdmUrl,
  pid: process.pid,
  ...(venue.tapes.length > 0 && {
    tapes: venue.tapes.map(({ product, summary }) => ({
      product,
      file: summary.file,
      symbol: summary.symbol,
      lines: summary.lines,
      skipped: summary.skipped,
      firstSkipped: summary.firstSkipped,
      seconds: Math.round((summary.lastAt - summary.firstAt) / 1_000) / 1_000,
      speed: config.SIM_TAPE_SPEED,
      end: config.SIM_TAPE_END,
    })),
  }),
});
if (config.SIM_DATA_DIR !== undefined) writeEndpoints(config.SIM_DATA_DIR, ready);
process.stdout.write(`${ready}\n`);
