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
  /** Update ids that book messages of every symbol in the file carry. */
  readonly idsOf: ReadonlyMap<string, IdRange>;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly tradeIds: IdRange;
  readonly updateIds: IdRange;
}

/** Both ends included; 0 and 0: none. */
export interface IdRange {
  readonly first: number;
  readonly last: number;
}

/** As many lines at the beginning that all cannot be read are another format. */
const FORMAT_LINES = 10;
/** More unreadable lines than this many and this share are not single bad lines any more. */
const FEW_LINES = 10;
const SMALL_SHARE = 0.01;
/** So many times as far from the ids of any other symbol, a snapshot is of the nearest one. */
const FAR_TIMES = 100;

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

/**
 * Whose snapshot this is. The vendor's reply does not say; where several symbols stand in a file, each has update ids of
 * its own, and a snapshot taken about when they were recorded lies among those of its symbol or nearest to them by far.
 *
 * @returns null when it cannot be told
 */
export function symbolOfSnapshot({ idsOf }: Pick<TapeSummary, 'idsOf'>, updateId: number): string | null {
  const byDistance = [...idsOf]
    .map(([symbol, { first, last }]) => ({ symbol, distance: Math.max(0, first - 1 - updateId, updateId - last) }))
    .sort((a, b) => a.distance - b.distance);
  const [nearest, next] = byDistance;
  if (nearest === undefined || (next !== undefined && next.distance <= FAR_TIMES * nearest.distance)) return null;
  return nearest.symbol;
}

class Inspection {
  readonly #reader: TapeLineReader;
  readonly #idsOf = new Map<string, { first: number; last: number }>();
  readonly #snapshots: { readonly symbol: string; readonly updateId: number }[] = [];
  #lines = 0;
  #skipped = 0;
  #firstSkipped: TapeSummary['firstSkipped'] = null;
  #ignored = 0;
  #bookLines = 0;
  #first = 0;
  #last = 0;
  readonly #trades = { first: Infinity, last: 0 };
  readonly #updates = { first: Infinity, last: 0 };

  constructor(
    private readonly file: string,
    private readonly spec: SymbolSpec,
  ) {
    this.#reader = new TapeLineReader(gridOf(spec), spec.symbol);
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
    const idsOf = this.#idsOf;
    if (idsOf.size === 0) idsOf.set(symbol, { first: 0, last: 0 }); // snapshots alone: they can only be of this one
    let snapshots = 0;
    for (const { symbol: named, updateId } of this.#snapshots) {
      if ((named || symbolOfSnapshot({ idsOf }, updateId)) !== symbol) continue;
      snapshots += 1;
      widen(this.#updates, updateId);
    }
    this.#ignored += this.#snapshots.length - snapshots;
    if (this.#bookLines + snapshots === 0)
      throw new TapeError(
        this.file,
        null,
        `has no bookTicker, depth or snapshot line of ${symbol} in ${this.#lines} lines; expected some`,
      );
    const rangeOf = ({ first, last }: IdRange): IdRange => ({ first: last === 0 ? 0 : first, last });
    return {
      file: this.file,
      symbol,
      lines: this.#lines,
      skipped: this.#skipped,
      firstSkipped: this.#firstSkipped,
      ignored: this.#ignored,
      idsOf,
      firstAt: this.#first,
      lastAt: this.#last,
      tradeIds: rangeOf(this.#trades),
      updateIds: rangeOf(this.#updates),
    };
  }

  #note(): void {
    const reader = this.#reader;
    if (this.#first === 0) this.#first = reader.atMicros;
    this.#last = Math.max(this.#last, reader.atMicros);
    if (reader.kind === 'other') this.#ignored += 1;
    else if (reader.kind === 'snapshot') this.#snapshots.push({ symbol: reader.symbol, updateId: reader.updateId });
    else {
      if (reader.kind !== 'trade') this.#noteIds(reader);
      if (reader.symbol !== this.spec.symbol) this.#ignored += 1;
      else if (reader.kind === 'trade') widen(this.#trades, reader.tradeId);
      else {
        this.#bookLines += 1;
        widen(this.#updates, reader.updateId);
      }
    }
  }

  #noteIds({ symbol, firstUpdateId, updateId }: TapeLineReader): void {
    let ids = this.#idsOf.get(symbol);
    if (ids === undefined) this.#idsOf.set(symbol, (ids = { first: Infinity, last: 0 }));
    widen(ids, updateId);
    if (firstUpdateId > 0) widen(ids, firstUpdateId);
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
