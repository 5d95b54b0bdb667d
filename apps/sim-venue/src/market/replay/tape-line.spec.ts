import { describe, expect, it } from '@jest/globals';
import { RecordedTape } from '../../../../../test/support/recorded-tape.js';
import { TapeLineReader } from './tape-line.js';

const GRID = { tickUnits: 1_000_000, stepUnits: 1_000 };

function read(line: string, grid = GRID): { reader: TapeLineReader; problem: string | null } {
  const reader = new TapeLineReader(grid);
  const bytes = Buffer.from(`#${line}\n`);
  return { reader, problem: reader.read(bytes, 1, bytes.length - 1) };
}
const levels = ({ pairs, count }: { pairs: number[]; count: number }): number[] => pairs.slice(0, 2 * count);

describe('a line of a capture', () => {
  it('is a spot bookTicker', () => {
    const { reader, problem } = read(
      '1723161254087891268 {"stream":"btcusdt@bookTicker","data":{"u":50093239212,"s":"BTCUSDT","b":"61837.63000000","B":"3.78826000","a":"61837.64000000","A":"1.54698000"}}',
    );
    expect(problem).toBeNull();
    expect(reader).toMatchObject({
      kind: 'ticker',
      symbol: 'BTCUSDT',
      atMicros: 1_723_161_254_087_891,
      updateId: 50_093_239_212,
      bidTicks: 6_183_763,
      bidLots: 378_826,
      askTicks: 6_183_764,
      askLots: 154_698,
    });
  });

  it('is a trade', () => {
    const { reader, problem } = read(
      '1723161254087896568 {"stream":"btcusdt@trade","data":{"e":"trade","E":1723161255343,"s":"BTCUSDT","t":3735683259,"p":"61837.63000000","q":"0.02000000","T":1723161255342,"m":true,"M":true}}',
    );
    expect(problem).toBeNull();
    expect(reader).toMatchObject({
      kind: 'trade',
      tradeId: 3_735_683_259,
      ticks: 6_183_763,
      lots: 2_000,
      buyerIsMaker: true,
    });
  });

  it('is a depth update; what it leaves over of a longer one before does not count', () => {
    const reader = new TapeLineReader(GRID);
    const tape = new RecordedTape()
      .depth(
        [
          ['100', '1'],
          ['99.99', '2'],
        ],
        [['101', '3']],
      )
      .depth([], [['102.5', '0']]);
    const depths = tape.lines.map((line) => {
      const bytes = Buffer.from(line);
      expect(reader.read(bytes, 0, bytes.length)).toBeNull();
      return [reader.kind, reader.firstUpdateId, reader.updateId, levels(reader.bids), levels(reader.asks)];
    });
    expect(depths).toEqual([
      ['depth', 50_000_000_001, 50_000_000_005, [10_000, 100_000, 9_999, 200_000], [10_100, 300_000]],
      ['depth', 50_000_000_006, 50_000_000_010, [], [10_250, 0]],
    ]);
  });

  it('is a bare snapshot', () => {
    const { reader, problem } = read(
      '1723161254206652067 {"lastUpdateId":50093239218,"bids":[["61837.63000000","3.78826000"]],"asks":[["61837.64","1"],["61838.00","2"]]}',
    );
    expect(problem).toBeNull();
    expect([reader.kind, reader.updateId, levels(reader.bids), levels(reader.asks)]).toEqual([
      'snapshot',
      50_093_239_218,
      [6_183_763, 378_826],
      [6_183_764, 100_000, 6_183_800, 200_000],
    ]);
  });

  it.each([
    [
      'depth',
      '{"stream":"btcusdt@depth@0ms","data":{"e":"depthUpdate","E":1,"T":2,"s":"BTCUSDT","U":3,"u":4,"pu":2,"b":[["58710.20","0.014"]],"a":[]}}',
      { previousUpdateId: 2, updateId: 4 },
    ],
    [
      'ticker',
      '{"stream":"btcusdt@bookTicker","data":{"e":"bookTicker","u":5,"s":"BTCUSDT","b":"61800.20","B":"2.507","a":"61800.30","A":"2.510","T":1,"E":1}}',
      { bidTicks: 6_180_020, askLots: 251_000 },
    ],
    [
      'trade',
      '{"stream":"btcusdt@trade","data":{"e":"trade","E":1,"T":1,"s":"BTCUSDT","t":9,"p":"61800.30","q":"0.006","X":"MARKET","m":false}}',
      { lots: 600, buyerIsMaker: false },
    ],
  ])('is a USD-M %s', (kind, json, fields) => {
    const { reader, problem } = read(`1723161255030314667 ${json}`);
    expect(problem).toBeNull();
    expect(reader).toMatchObject({ kind, symbol: 'BTCUSDT', ...fields });
  });

  it('may have its fields in another order, unknown ones beside them, and a carriage return at its end', () => {
    const { reader, problem } = read(
      '1723161254087891268 {"data":{"A":"1","x":{"y":[1,{"z":"}]"}],"b":"7"},"a":"101","B":"2","b":"100","s":"BTCUSDT","u":7,"n":null,"f":-1.5e3},"stream":"btcusdt@bookTicker"}\r',
    );
    expect(problem).toBeNull();
    expect(reader).toMatchObject({
      kind: 'ticker',
      bidTicks: 10_000,
      bidLots: 200_000,
      askTicks: 10_100,
      askLots: 100_000,
    });
  });

  it('may be of a stream that a replay has no use for', () => {
    const { reader, problem } = read('1723161254087891268 {"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","a":1}}');
    expect([problem, reader.kind]).toEqual([null, 'other']);
  });

  it('rounds a quantity finer than the lot down: the part of a lot cannot be traded', () => {
    const { reader } = read(
      '1723161254087891268 {"lastUpdateId":1,"bids":[["1","25.42618900"]],"asks":[["2","0.00000900"]]}',
    );
    expect([levels(reader.bids), levels(reader.asks)]).toEqual([
      [100, 2_542_618],
      [200, 0],
    ]);
  });

  it('counts in steps that are no power of ten', () => {
    const grid = { tickUnits: 5_000_000, stepUnits: 250_000_000 };
    const trade = (price: string, qty: string): string =>
      `1723161254087891268 {"stream":"btcusdt@trade","data":{"s":"BTCUSDT","t":5,"p":"${price}","q":"${qty}","m":true}}`;
    const { reader } = read(trade('61800.25', '12.500'), grid);
    expect([reader.ticks, reader.lots]).toEqual([1_236_005, 5]);
    expect(read(trade('7', '9.99999999'), grid).reader).toMatchObject({ ticks: 140, lots: 3 });
    expect(read(trade('61800.26', '5'), grid).problem).toContain("expected a price on the symbol's grid of 5000000e-8");
    expect(read(trade('61800.2', '5.000000001'), grid).problem).toContain('expected a quantity of at most 8 decimals');
    expect(read(trade('61800.200000000', '5.0000000000'), grid).problem).toBeNull();
  });

  const good = '{"stream":"btcusdt@trade","data":{"s":"BTCUSDT","t":5,"p":"10.00","q":"1","m":true}}';
  it.each([
    ['', 'expected 19 digits of receive time'],
    ['time,price,qty', 'expected 19 digits of receive time (ns since 1970) at column 1, found "time,price,qty"'],
    [`172316125408789126 ${good}`, 'expected 19 digits of receive time'],
    [`1723161254087891268,${good}`, 'expected a space after the receive time at column 20'],
    [`1723161254087891268 ${good.slice(0, 60)}`, 'found the end of the line'],
    [`1723161254087891268 ${good}}`, 'expected the end of the line'],
    [
      '1723161254087891268 {"result":null,"id":1}',
      'expected a combined-stream frame (stream, data) or a depth snapshot',
    ],
    [`1723161254087891268 ${good.replace('"t":5,', '')}`, 'expected every field of a trade message'],
    [`1723161254087891268 ${good.replace('10.00', '10.001')}`, "expected a price on the symbol's grid"],
    [`1723161254087891268 ${good.replace('10.00', '-10')}`, 'expected a price'],
    [`1723161254087891268 ${good.replace('10.00', '1e5')}`, 'expected a closing quote after the price'],
    [`1723161254087891268 ${good.replace('"1"', '"0.000001"')}`, 'expected a trade of a positive price and quantity'],
    [`1723161254087891268 ${good.replace('true', 'maybe')}`, 'expected true or false'],
    [
      '1723161254087891268 {"stream":"x@bookTicker","data":{"s":"X","u":1,"b":"2","B":"1","a":"2","A":"1"}}',
      'expected the bid below the ask',
    ],
    [`1723161254087891268 {"x":${'['.repeat(50)}`, 'expected fewer nested values'],
  ])('is not %j', (line, problem) => {
    expect(read(line).problem).toContain(problem);
  });
});
