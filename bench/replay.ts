/**
 * How fast a recorded capture is parsed and applied without speed limit (venues.md C10: 300,000 lines/s, below 300 MB),
 * beside a floor measured in the same run: unpacking the same file and splitting it into lines. Changes of the book are
 * taken every 100 ms as they are for the public streams.
 * `npm run bench:replay -- FILE [spot|usdm]`; `--quick` behind them plays it once.
 */
import type { SymbolMarket } from '../apps/sim-venue/src/floor/symbol-market.js';
import { inspectTape, type TapeSummary } from '../apps/sim-venue/src/market/replay/inspect-tape.js';
import { REAL_CLOCK } from '../apps/sim-venue/src/market/replay/player-clock.js';
import { readTape } from '../apps/sim-venue/src/market/replay/read-tape.js';
import { TapePlayer } from '../apps/sim-venue/src/market/replay/tape-player.js';
import { DEFAULT_SYMBOLS } from '../apps/sim-venue/src/matching/symbol-spec.js';
import { USDM_SYMBOLS } from '../apps/sim-venue/src/usdm/symbols.js';
import { quietFloor } from '../test/support/quiet-floor.js';

const PUBLISH_MS = 100;
const LINES_PER_LOOK = 2_000;
const IS_QUICK = process.argv.includes('--quick');
const ROUNDS = IS_QUICK ? 1 : 12;
const [file, product = 'spot'] = process.argv.slice(2).filter((arg) => arg !== '--quick');
if (file === undefined || (product !== 'spot' && product !== 'usdm'))
  throw new Error('Give a capture: npm run bench:replay -- FILE [spot|usdm]');

const newFloor = () => quietFloor(product === 'spot' ? DEFAULT_SYMBOLS : USDM_SYMBOLS);
const specs = new Map([...newFloor().markets].map(([name, { spec }]) => [name, spec]));

async function unpack(): Promise<void> {
  for await (const { bytes } of readTape(file as string))
    for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1));
}

async function replay(summary: TapeSummary): Promise<void> {
  const floor = newFloor();
  const market = floor.markets.get(summary.symbol) as SymbolMarket;
  const options = { speed: 1_000, end: 'hold', queue: 'prorata', time: 'manual', start: 'at_once' } as const;
  const problems: unknown[] = [];
  const player = await TapePlayer.open(floor, market, summary, options, {
    clock: REAL_CLOCK,
    onProblem: (error) => problems.push(error),
  });
  let publishedAt = performance.now();
  while ((await player.step(LINES_PER_LOOK)) > 0) {
    if (performance.now() - publishedAt < PUBLISH_MS) continue;
    publishedAt = performance.now();
    market.changes.take(market.updateId);
  }
  market.book.assertInvariants();
  if (problems.length > 0) throw problems[0];
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
const missed = rows['parse and apply'].wall > summary.lines / 300;
console.log(`target: 300,000 lines/s parsed and applied: ${missed ? 'missed' : 'met'}`);
console.log(`largest resident memory ${Math.round(process.resourceUsage().maxRSS / 1_024)} MB (target: below 300)`);
