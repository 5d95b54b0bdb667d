import { runSimVenue } from './run.js';
import { writeEndpoints } from './sim-venue.js';

/** The exchange for programs: configured by variables, and standard output carries the one line that says it is ready. */
const { venue, config } = await runSimVenue(process.env);

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
