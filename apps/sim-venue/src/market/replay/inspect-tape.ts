import { resolve } from 'node:path';
import type { SymbolSpec } from '../../matching/symbol-spec.js';
import { readTape, type TapeBlock } from './read-tape.js';
import { TapeError } from './tape-error.js';
import { TapeLineReader } from './tape-line.js';

/** What is known of a capture before it is replayed; times in microseconds since 1970. */
export interface TapeSummary {
  readonly file: string;
  readonly symbol: string;
  readonly lines: number;
  /** Lines that cannot be read: a replay goes past them. */
  readonly skipped: number;
  readonly firstSkipped: { readonly line: number; readonly problem: string } | null;
  /** Lines of other symbols or of streams that a replay has no use for. */
  readonly ignored: number;
  /** False when several symbols stand in the file: a snapshot does not say whose it is. */
  readonly snapshotsCount: boolean;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly tradeIds: { readonly first: number; readonly last: number };
  readonly updateIds: { readonly first: number; readonly last: number };
}

/** As many lines at the beginning that all cannot be read are another format. */
const FORMAT_LINES = 10;
/** More unreadable lines than this many and this share are not single bad lines any more. */
const FEW_LINES = 10;
const SMALL_SHARE = 0.01;

/**
 * Reads a capture once from end to end, so that nothing starts on one that breaks off half-way.
 *
 * @param wanted the symbol to replay; null: the first one in the file
 * @throws TapeError naming the line: not gzip, damaged, cut short, empty, another format, too much of it unreadable,
 * a symbol that is not listed, or nothing in it to make a book of
 */
export async function inspectTape(
  file: string,
  symbols: ReadonlyMap<string, SymbolSpec>,
  wanted: string | null,
): Promise<TapeSummary> {
  const path = resolve(file);
  const symbol = wanted ?? (await firstSymbol(path));
  const spec = symbols.get(symbol);
  if (spec === undefined)
    throw new TapeError(
      path,
      null,
      `is of ${symbol}; expected one of the listed symbols ${[...symbols.keys()].join(', ')}`,
    );
  const inspection = new Inspection(path, spec);
  for await (const block of readTape(path)) inspection.take(block);
  return inspection.finish();
}

/** Reads lines of a block in turn: calls `each` with where the line begins and ends and its number. */
export function eachLine(block: TapeBlock, each: (from: number, to: number, line: number) => void): void {
  const { bytes } = block;
  let line = block.firstLine;
  for (let from = 0; from < bytes.length; line += 1) {
    const at = bytes.indexOf(10, from);
    const to = at === -1 ? bytes.length : at;
    each(from, to, line);
    from = to + 1;
  }
}

class Inspection {
  readonly #reader: TapeLineReader;
  readonly #symbols = new Set<string>();
  #lines = 0;
  #skipped = 0;
  #firstSkipped: TapeSummary['firstSkipped'] = null;
  #ignored = 0;
  #bookLines = 0;
  #snapshots = 0;
  #first = 0;
  #last = 0;
  readonly #trades = { first: Infinity, last: 0 };
  readonly #updates = { first: Infinity, last: 0 };

  constructor(
    private readonly file: string,
    private readonly spec: SymbolSpec,
  ) {
    this.#reader = new TapeLineReader(gridOf(spec));
  }

  take(block: TapeBlock): void {
    eachLine(block, (from, to, line) => {
      this.#lines = line;
      const problem = this.#reader.read(block.bytes, from, to);
      if (problem === null) this.#note();
      else if (!block.endsWithBreak)
        throw new TapeError(this.file, line, `the file ends in the middle of this line (${problem})`);
      else this.#skip(line, problem);
    });
  }

  finish(): TapeSummary {
    if (this.#lines === 0) throw new TapeError(this.file, 1, 'found an empty file; expected recorded messages');
    const read = this.#lines - this.#skipped;
    if (read === 0) this.#refuseFormat();
    if (this.#skipped > read || (this.#skipped > FEW_LINES && this.#skipped > SMALL_SHARE * this.#lines))
      throw new TapeError(
        this.file,
        this.#firstSkipped?.line ?? null,
        `${this.#firstSkipped?.problem ?? ''}; so are ${this.#skipped} of ${this.#lines} lines, expected at most ${SMALL_SHARE * 100} %`,
      );
    const { symbol } = this.spec;
    const snapshotsCount = [...this.#symbols].every((name) => name === symbol);
    if (this.#bookLines + (snapshotsCount ? this.#snapshots : 0) === 0)
      throw new TapeError(
        this.file,
        null,
        `has no bookTicker, depth or snapshot line of ${symbol} in ${this.#lines} lines; expected some`,
      );
    const idsOf = ({ first, last }: { first: number; last: number }) => ({ first: last === 0 ? 0 : first, last });
    return {
      file: this.file,
      symbol,
      lines: this.#lines,
      skipped: this.#skipped,
      firstSkipped: this.#firstSkipped,
      ignored: this.#ignored,
      snapshotsCount,
      firstAt: this.#first,
      lastAt: this.#last,
      tradeIds: idsOf(this.#trades),
      updateIds: idsOf(this.#updates),
    };
  }

  #note(): void {
    const reader = this.#reader;
    if (this.#first === 0) this.#first = reader.atMicros;
    this.#last = Math.max(this.#last, reader.atMicros);
    if (reader.kind === 'other') this.#ignored += 1;
    else if (reader.kind === 'snapshot') {
      this.#snapshots += 1;
      widen(this.#updates, reader.updateId);
    } else {
      this.#symbols.add(reader.symbol);
      if (reader.symbol !== this.spec.symbol) this.#ignored += 1;
      else if (reader.kind === 'trade') widen(this.#trades, reader.tradeId);
      else {
        this.#bookLines += 1;
        widen(this.#updates, reader.updateId);
      }
    }
  }

  #skip(line: number, problem: string): void {
    this.#skipped += 1;
    this.#firstSkipped ??= { line, problem };
    if (line === FORMAT_LINES && this.#skipped === FORMAT_LINES) this.#refuseFormat();
  }

  #refuseFormat(): never {
    const { line, problem } = this.#firstSkipped as { line: number; problem: string };
    throw new TapeError(this.file, line, `is of another format: ${problem}`);
  }
}

function widen(range: { first: number; last: number }, id: number): void {
  range.first = Math.min(range.first, id);
  range.last = Math.max(range.last, id);
}

/** Tick and lot of a symbol as the line reader takes them. */
export function gridOf(spec: SymbolSpec): { tickUnits: number; stepUnits: number } {
  return { tickUnits: Number(spec.tickUnits), stepUnits: Number(spec.stepUnits) };
}

/** Symbol of the first message that names one. */
async function firstSymbol(file: string): Promise<string> {
  const reader = new TapeLineReader({ tickUnits: 1, stepUnits: 1 });
  const problems: string[] = [];
  let lines = 0;
  let read = 0;
  for await (const block of readTape(file)) {
    let found = '';
    eachLine(block, (from, to, line) => {
      if (found !== '') return;
      lines = line;
      const problem = reader.read(block.bytes, from, to);
      if (problem !== null) {
        if (problems.length === 0) problems.push(problem);
        return;
      }
      read += 1;
      if (reader.kind !== 'snapshot' && reader.kind !== 'other') found = reader.symbol;
    });
    if (found !== '') return found;
    if (lines >= FORMAT_LINES && read === 0) break;
  }
  if (lines === 0) throw new TapeError(file, 1, 'found an empty file; expected recorded messages');
  if (read === 0) throw new TapeError(file, 1, `is of another format: ${problems[0] ?? ''}`);
  throw new TapeError(file, null, `names no symbol in ${lines} lines; expected bookTicker, trade or depth messages`);
}
