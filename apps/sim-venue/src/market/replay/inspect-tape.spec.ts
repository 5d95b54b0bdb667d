import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from '@jest/globals';
import { RecordedTape, TapeFolder } from '../../../../../test/support/recorded-tape.js';
import { DEFAULT_SYMBOLS, SymbolSpec } from '../../matching/symbol-spec.js';
import { inspectTape, symbolOfSnapshot, type TapeSummary } from './inspect-tape.js';

const folder = new TapeFolder();
afterAll(() => folder.remove());

const symbols = new Map(DEFAULT_SYMBOLS.map((definition) => [definition.symbol, new SymbolSpec(definition)]));
const inspect = (file: string, symbol: string | null = null): Promise<TapeSummary> =>
  inspectTape(file, symbols, symbol);

/** `count` tickers, one every 10 ms. */
function tickers(count: number, tape = new RecordedTape()): RecordedTape {
  for (let i = 0; i < count; i += 1) tape.at(10 * i).ticker(['100', '1'], ['101', '1']);
  return tape;
}

/** Bytes that do not shrink, so that a cut of the gzip file is a cut of the text near the same place. */
function longTape(): { text: string; gzip: Buffer } {
  const tape = new RecordedTape();
  let state = 1;
  const digits = (): string => String((state = (state * 1_103_515_245 + 12_345) % 2_147_483_648)).padStart(10, '0');
  for (let i = 0; i < 20_000; i += 1)
    tape
      .at(i)
      .trade('100', `1.${digits().slice(0, 5)}`, 'bid')
      .depth([[`9${digits().slice(-1)}.${digits().slice(0, 2)}`, '1']]);
  return { text: tape.text, gzip: gzipSync(tape.text) };
}

describe('a capture before it is replayed', () => {
  it('is summed up: symbol, lines, time, ids', async () => {
    const tape = tickers(3).at(500).trade('100', '1', 'bid').trade('100', '2', 'bid');
    expect(await inspect(folder.write(tape))).toMatchObject({
      symbol: 'BTCUSDT',
      lines: 5,
      skipped: 0,
      firstSkipped: null,
      firstAt: 1_723_161_254_000_000,
      lastAt: 1_723_161_254_500_000,
      tradeIds: { first: 3_735_683_259, last: 3_735_683_260 },
      updateIds: { first: 50_000_000_003, last: 50_000_000_009 },
    });
  });

  it('may hold single lines that cannot be read: they are counted and the first is named', async () => {
    const tape = tickers(2).raw('').raw('garbage');
    expect(await inspect(folder.write(tickers(5, tape)))).toMatchObject({
      lines: 9,
      skipped: 2,
      firstSkipped: { line: 3, problem: expect.stringContaining('expected 19 digits') },
    });
  });

  it('may lack the last line break', async () => {
    expect(await inspect(folder.write(tickers(3).text.trimEnd()))).toMatchObject({ lines: 3, skipped: 0 });
  });

  it('may hold several symbols: one is chosen, the others are ignored', async () => {
    const tape = tickers(2, new RecordedTape('ETHUSDT'));
    for (const line of tickers(3).lines) tape.raw(line);
    const file = folder.write(tape);
    expect(await inspect(file)).toMatchObject({ symbol: 'ETHUSDT', ignored: 3 });
    expect(await inspect(file, 'BTCUSDT')).toMatchObject({ symbol: 'BTCUSDT', ignored: 2 });
  });

  it('may hold symbols that trade on a finer grid than the one that is chosen', async () => {
    const tape = tickers(3);
    for (const line of tickers(20, new RecordedTape('PEPEUSDT')).text.replaceAll('"100"', '"0.00000877"').split('\n'))
      if (line !== '') tape.raw(line);
    expect(await inspect(folder.write(tape))).toMatchObject({ symbol: 'BTCUSDT', ignored: 20, skipped: 0 });
  });

  it('gives a snapshot to the symbol among or near whose update ids it lies', async () => {
    const tape = tickers(3).snapshot([['100', '1']], [['101', '1']]);
    const other = new RecordedTape('ETHUSDT', 7_000_000_000);
    for (const line of tickers(2, other).snapshot([['9', '1']], [['10', '1']]).lines) tape.raw(line);
    // Among the ids of nobody: nobody's.
    tape.raw('1723161254206652067 {"lastUpdateId":12,"bids":[["1","1"]],"asks":[["2","1"]]}');
    tape.raw('1723161254206652067 {"symbol":"ETHUSDT","lastUpdateId":13,"bids":[["1","1"]],"asks":[["2","1"]]}');
    const file = folder.write(tape);
    const spot = await inspect(file);
    expect(spot).toMatchObject({ ignored: 5, updateIds: { first: 50_000_000_003, last: 50_000_000_009 } });
    expect(await inspect(file, 'ETHUSDT')).toMatchObject({ ignored: 5, updateIds: { first: 13, last: 7_000_000_006 } });
    expect([49_999_990_000, 50_000_000_009, 7_000_000_006, 12].map((id) => symbolOfSnapshot(spot, id))).toEqual([
      'BTCUSDT',
      'BTCUSDT',
      'ETHUSDT',
      null,
    ]);
  });
});

describe('a capture that stops the start', () => {
  it.each([0.2, 0.5, 0.999])('cut short at %d of its gzip bytes: names the line it was cut in', async (share) => {
    const { text, gzip } = longTape();
    const file = folder.writeBytes(gzip.subarray(0, Math.floor(gzip.length * share)));
    const error = await inspect(file).then(
      () => new Error('it was taken'),
      (reason: unknown) => reason as Error,
    );
    expect(error.message).toContain(`tape ${file}: line `);
    expect(error.message).toContain('the gzip stream ends here before its end; expected a complete file');
    const line = Number(/line (\d+):/.exec(error.message)?.[1]);
    const lines = text.split('\n').length;
    expect(Math.abs(line / lines - share)).toBeLessThan(0.06);
  });

  it('cut in the middle of a line before it was packed', async () => {
    const file = folder.write(tickers(20).text.slice(0, -40));
    await expect(inspect(file)).rejects.toThrow(/line 20: the file ends in the middle of this line/);
  });

  it('damaged', async () => {
    const { gzip } = longTape();
    const half = Math.floor(gzip.length / 2);
    gzip.fill(0xff, half, half + 64);
    await expect(inspect(folder.writeBytes(gzip))).rejects.toThrow(
      /line \d+: the gzip stream is damaged from about here/,
    );
  });

  it.each([
    ['not gzip', Buffer.from('time,price\n1,2\n'), 'line 1: found a file that is not gzip; expected gzip text'],
    ['empty', Buffer.alloc(0), 'line 1: found an empty file; expected recorded messages'],
    ['packed but empty', gzipSync(''), 'line 1: found an empty file'],
    [
      'of another format',
      gzipSync('time,price,qty\n'.repeat(30)),
      'line 1: is of another format: expected 19 digits of receive time (ns since 1970) at column 1, found "time,price,qty"',
    ],
    [
      'of another venue',
      gzipSync('1723161254087891268 {"topic":"orderbook.1","ts":1}\n'.repeat(30)),
      'line 1: is of another format',
    ],
    ['one endless line', gzipSync(Buffer.alloc(9_000_000, 'x')), 'line 1: is longer than 8388608 bytes'],
    [
      'of a symbol that is not listed',
      gzipSync(tickers(3, new RecordedTape('DOGEUSDT')).text),
      'is of DOGEUSDT; expected one of the listed symbols BTCUSDT, ETHUSDT, TESTUSDT',
    ],
    [
      'without a book',
      gzipSync(new RecordedTape().trade('1', '1', 'bid').text),
      'has no bookTicker, depth or snapshot line of BTCUSDT',
    ],
    [
      'on a finer grid',
      gzipSync(tickers(9).text.replaceAll('"100"', '"100.001"')),
      "expected a price on the symbol's grid",
    ],
  ])('%s', async (_, bytes, problem) => {
    await expect(inspect(folder.writeBytes(bytes))).rejects.toThrow(problem);
  });

  it('with more than single lines that cannot be read', async () => {
    const tape = tickers(900);
    for (let i = 0; i < 11; i += 1) tape.raw('garbage');
    await expect(inspect(folder.write(tickers(90, tape)))).rejects.toThrow(
      /line 901: expected 19 digits.*; so are 11 of 1001 lines, expected at most 1 %/,
    );
  });

  it('that is not there', async () => {
    await expect(inspect('/nowhere/tape.gz')).rejects.toThrow(/tape \/nowhere\/tape.gz: cannot be read \(ENOENT/);
  });
});
