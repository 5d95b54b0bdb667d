/**
 * How fast a recorded capture is parsed and applied without speed limit (venues.md C10: 300,000 lines/s, below 300 MB),
 * beside a floor measured in the same run: unpacking the same file and splitting it into lines.
 * Run: `node --import ./test/support/typescript.mjs bench/replay.ts FILE`.
 */
import { testSpot } from '../apps/sim-venue/src/spot/test-spot.js';
import { inspectTape, type TapeSummary } from '../apps/sim-venue/src/market/replay/inspect-tape.js';
import { readTape } from '../apps/sim-venue/src/market/replay/read-tape.js';
import { REAL_CLOCK } from '../apps/sim-venue/src/market/replay/player-clock.js';
import { TapePlayer } from '../apps/sim-venue/src/market/replay/tape-player.js';

const ROUNDS = 12;
const [, , file] = process.argv;
if (file === undefined)
  throw new Error('Give a capture: node --import ./test/support/typescript.mjs bench/replay.ts FILE');

const venue = () => testSpot('BTCUSDT');
const specs = new Map([...venue().exchange.markets].map(([name, { spec }]) => [name, spec]));

async function unpack(): Promise<void> {
  for await (const { bytes } of readTape(file as string))
    for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1));
}

async function replay(summary: TapeSummary): Promise<void> {
  const { floor, market } = venue();
  const options = { speed: 1_000, end: 'hold', queue: 'prorata', time: 'manual', start: 'at_once' } as const;
  const problems: unknown[] = [];
  const player = await TapePlayer.open(floor, market, summary, options, {
    clock: REAL_CLOCK,
    onProblem: (error) => problems.push(error),
  });
  await player.step(Number.MAX_SAFE_INTEGER);
  market.book.assertInvariants();
}

/** Best of the rounds, in ms of wall time and of this process's own time. */
async function measure(work: () => Promise<unknown>): Promise<{ wall: number; cpu: number }> {
  const best = { wall: Infinity, cpu: Infinity };
  for (let round = 0; round < ROUNDS; round += 1) {
    const began = performance.now();
    const used = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(used);
    best.wall = Math.min(best.wall, performance.now() - began);
    best.cpu = Math.min(best.cpu, (user + system) / 1_000);
  }
  return best;
}

const summary = await inspectTape(file, specs, null);
const floor = await measure(unpack);
const rows = {
  'floor: unpack and split': floor,
  'inspect (parse)': await measure(() => inspectTape(file, specs, null)),
  'parse and apply': await measure(() => replay(summary)),
};
console.log(
  `${''.padEnd(26)}${'ms'.padStart(8)}${'cpu ms'.padStart(8)}${'lines/s'.padStart(12)}${'x floor'.padStart(9)}`,
);
for (const [name, { wall, cpu }] of Object.entries(rows))
  console.log(
    `${name.padEnd(26)}${wall.toFixed(0).padStart(8)}${cpu.toFixed(0).padStart(8)}${Math.round(
      (summary.lines / wall) * 1_000,
    )
      .toLocaleString('en')
      .padStart(12)}${(wall / floor.wall).toFixed(1).padStart(9)}`,
  );
console.log(`largest resident memory ${Math.round(process.resourceUsage().maxRSS / 1_024)} MB (target: below 300)`);
