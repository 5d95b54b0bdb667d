import { eachLine } from '../../../apps/sim-venue/src/market/replay/inspect-tape.js';
import { readTape } from '../../../apps/sim-venue/src/market/replay/read-tape.js';
import { RecordedBook } from '../../../apps/sim-venue/src/market/replay/recorded-book.js';
import { ScratchBook } from '../../../apps/sim-venue/src/market/replay/scratch-book.js';
import { TapeError } from '../../../apps/sim-venue/src/market/replay/tape-error.js';
import { TapeLineReader, type TapeLevels } from '../../../apps/sim-venue/src/market/replay/tape-line.js';
import type { Book, Side } from '../../../apps/sim-venue/src/matching/book.js';
import { Frames, type Tape } from './tape.js';

/** What has to be known before amounts can be read as ticks and lots. */
interface Survey {
  readonly symbol: string;
  readonly product: Tape['product'];
  readonly tickUnits: number;
  readonly lotUnits: number;
  readonly hasSnapshot: boolean;
}

/**
 * Reads a capture of Binance spot or USD-M (`<receive time, ns> <JSON>`, gzip) into memory. The tick is the
 * greatest step of which every price in it is a multiple, the lot that of the traded quantities (books hold old dust), so
 * that any instrument can be read.
 *
 * @param symbol null: the first one that the file names
 * @throws TapeError when the file cannot be read, or holds no book and no trades of the symbol
 */
export async function loadTape(file: string, symbol: string | null = null): Promise<Tape> {
  const survey = await surveyTape(file, symbol);
  const reader = new TapeLineReader({ tickUnits: survey.tickUnits, stepUnits: survey.lotUnits }, survey.symbol);
  const recorder = new FrameRecorder(survey.hasSnapshot);
  for await (const block of readTape(file))
    eachLine(block, (from, to) => {
      if (reader.read(block.bytes, from, to) !== null) recorder.skipped += 1;
      else if (reader.kind === 'snapshot' ? belongs(reader, survey.symbol) : reader.symbol === survey.symbol)
        recorder.take(reader);
    });
  const { frames, readyAt, tradedLots, trades, skipped, gaps } = recorder;
  if (readyAt === null || trades === 0)
    throw new TapeError(file, null, `has ${trades} trades of ${survey.symbol} after its book is known; expected some`);
  const { symbol: name, product, tickUnits, lotUnits } = survey;
  const span = { firstAt: frames.at(0), lastAt: frames.at(frames.count - 1) };
  return { symbol: name, product, tickUnits, lotUnits, frames, readyAt, ...span, tradedLots, trades, skipped, gaps };
}

/** The vendor's snapshots do not name their symbol. */
function belongs(reader: TapeLineReader, symbol: string): boolean {
  return reader.symbol === '' || reader.symbol === symbol;
}

async function surveyTape(file: string, wanted: string | null): Promise<Survey> {
  const reader = new TapeLineReader({ tickUnits: 1, stepUnits: 1 });
  let [symbol, tickUnits, lotUnits, isUsdm, hasSnapshot] = [wanted ?? '', 0, 0, false, false];
  const levels = ({ pairs, count }: TapeLevels): void => {
    for (let i = 0; i < 2 * count; i += 2) tickUnits = gcd(tickUnits, pairs[i] as number);
  };
  const note = (): void => {
    if (reader.kind === 'other') return;
    if (reader.kind === 'snapshot') {
      hasSnapshot = true;
      return;
    }
    if (symbol === '') symbol = reader.symbol;
    if (reader.symbol !== symbol) return;
    if (reader.kind === 'ticker') {
      tickUnits = gcd(gcd(tickUnits, reader.bidTicks), reader.askTicks);
    } else if (reader.kind === 'trade') {
      tickUnits = gcd(tickUnits, reader.ticks);
      lotUnits = gcd(lotUnits, reader.lots);
    } else {
      isUsdm ||= reader.previousUpdateId > 0;
      levels(reader.bids);
      levels(reader.asks);
    }
  };
  for await (const block of readTape(file))
    eachLine(block, (from, to) => {
      if (reader.read(block.bytes, from, to) === null) note();
    });
  if (tickUnits === 0 || lotUnits === 0)
    throw new TapeError(
      file,
      null,
      `has no book and no trades of ${symbol || 'any symbol'}; expected a Binance capture`,
    );
  return { symbol, product: isUsdm ? 'usdm' : 'spot', tickUnits, lotUnits, hasSnapshot };
}

function gcd(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}

/** Turns lines into frames: the book as the record shows it, merged from tickers, depth and snapshots. */
class FrameRecorder {
  readonly frames = new Frames();
  readyAt: number | null = null;
  tradedLots = 0;
  trades = 0;
  skipped = 0;
  readonly #scratch = new ScratchBook();
  readonly #book: RecordedBook;

  constructor(private readonly awaitsSnapshot: boolean) {
    const { frames } = this;
    const scratch = this.#scratch;
    this.#book = new RecordedBook({
      get book(): Book {
        return scratch.book;
      },
      set(side: Side, ticks: number, lots: number): void {
        scratch.set(side, ticks, lots);
        frames.set(side === 'BUY', ticks, lots);
      },
    });
  }

  get gaps(): number {
    return this.#book.gaps;
  }

  take(line: TapeLineReader): void {
    if (line.kind === 'other') return;
    if (line.kind === 'trade') {
      this.frames.trade(line.atMicros, line.ticks, line.lots, line.buyerIsMaker);
      this.tradedLots += line.lots;
      this.trades += 1;
      return;
    }
    this.frames.begin(line.atMicros);
    if (line.kind === 'ticker') this.#book.ticker(line);
    else if (line.kind === 'depth') this.#book.depth(line);
    else this.#book.snapshot(line);
    const { book } = this.#scratch;
    const isKnown = this.#book.hasSnapshot || !this.awaitsSnapshot;
    if (isKnown && book.best('BUY') !== undefined && book.best('SELL') !== undefined) this.readyAt ??= line.atMicros;
  }
}
