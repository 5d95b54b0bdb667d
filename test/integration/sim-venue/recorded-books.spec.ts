import { afterAll, describe, expect, it } from '@jest/globals';
import { TapePlayer } from '../../../apps/sim-venue/src/market/replay/tape-player.js';
import { topLevels, type DepthChange } from '../../../apps/sim-venue/src/market/market-data.js';
import { recordedMarket } from '../../support/recorded-market.js';
import { TapeFolder } from '../../support/recorded-tape.js';
import { floorFor, RECORDED } from './recorded-captures.js';
import { Capture, DepthAloneBook, LastWordBook, type CapturedLine, type Touch } from './capture-truth.js';

const CHECKPOINTS = 1_000;
const folder = new TapeFolder();
afterAll(() => folder.remove());

const CLOCK = { now: () => 0, after: () => () => undefined };

/** A capture in a market of its own; `step` applies lines, and nothing else moves it. */
async function open(product: keyof typeof RECORDED, file: string) {
  const { floor, market, summary } = await floorFor(product, file);
  const options = { speed: 1, end: 'hold', queue: 'prorata', time: 'manual', start: 'at_once' } as const;
  const hooks = { clock: CLOCK, onProblem: (error: unknown) => expect(error).toBeUndefined() };
  const player = await TapePlayer.open(floor, market, summary, options, hooks);
  const line = (): number => (player.describe() as { line: number }).line;
  const top = (): Touch => {
    const { bidTicks, bidLots, askTicks, askLots } = market.top();
    return { bid: [bidTicks, bidLots], ask: [askTicks, askLots] };
  };
  return { market, player, summary, line, top };
}
type Opened = Awaited<ReturnType<typeof open>>;

/** The book as somebody has it who took the snapshot once and then follows the stream of differences. */
class Follower {
  readonly #sides: { readonly bids: Map<number, number>; readonly asks: Map<number, number> };
  #id: number;
  gaps = 0;

  constructor({ market }: Opened) {
    market.changes.take(market.updateId);
    this.#id = market.updateId;
    this.#sides = {
      bids: new Map(topLevels(market.book, 'BUY', Infinity)),
      asks: new Map(topLevels(market.book, 'SELL', Infinity)),
    };
  }

  follow(change: DepthChange | null): void {
    if (change === null) return;
    if (change.firstUpdateId !== this.#id + 1) this.gaps += 1;
    this.#id = change.lastUpdateId;
    for (const side of ['bids', 'asks'] as const)
      for (const [ticks, lots] of change[side])
        if (lots === 0) this.#sides[side].delete(ticks);
        else this.#sides[side].set(ticks, lots);
  }

  touch(): Touch {
    const { bids, asks } = this.#sides;
    const [bid, ask] = [Math.max(...bids.keys()), Math.min(...asks.keys())];
    return { bid: [bid, bids.get(bid) ?? 0], ask: [ask, asks.get(ask) ?? 0] };
  }
}

/** How many comparisons there are of each kind, all of which must come out equal. */
const AGREE = {
  spot: {
    // 3 of the 28,040 tickers come before the snapshot, when there is no book yet. Depth that comes after a newer ticker
    // has to take an id that is not its own, and the next ticker may be below that.
    merged: { lines: 31_485, tickers: 28_037, late: 0, underItsId: 27_870, published: 3_448 },
    alone: { depth: 3_449, tickers: 2_894 },
  },
  usdm: {
    // 967 of the 66,089 tickers arrive after depth that is newer; for 861 of them it covers a later ticker as well.
    merged: { lines: 72_640, tickers: 65_228, late: 967, underItsId: 65_119, published: 6_550 },
    alone: { depth: 6_546, tickers: 5_702 },
  },
};

describe.each(['spot', 'usdm'] as const)('the recorded %s capture', (product) => {
  const { file, decimals, lines, counts } = RECORDED[product];
  const { file: path, absent } = recordedMarket(file);
  let read: Capture | null = null;
  const capture = (): Capture => (read ??= new Capture(path, decimals));
  /** True when there is nothing to replay, which is then said. */
  const isAbsent = (): boolean => {
    if (absent !== null) process.stdout.write(`skipped: ${absent}\n`);
    return absent !== null;
  };

  it('VE-C51 books at 1,000 checkpoints equal an independent build from the file', async () => {
    if (isAbsent()) return;
    const { market, player, summary, line } = await open(product, path);
    expect(summary).toMatchObject({ symbol: 'BTCUSDT', lines, skipped: 0, ignored: 0 });
    for (const kind of ['ticker', 'trade', 'depth', 'snapshot'] as const)
      expect([kind, capture().count(kind)]).toEqual([kind, counts[kind]]);
    const independent = new LastWordBook();
    const every = Math.floor(lines / CHECKPOINTS);
    let at = 0;
    for (let checkpoint = 1; checkpoint <= CHECKPOINTS; checkpoint += 1) {
      await player.step(checkpoint * every - line());
      for (; at < checkpoint * every; at += 1) independent.read(capture().lines[at] as CapturedLine);
      for (const [ours, theirs] of [
        ['BUY', 'bids'],
        ['SELL', 'asks'],
      ] as const) {
        for (const { ticks, lots } of market.book.levels(ours))
          if (independent.lotsAt(theirs, ticks) !== lots)
            expect([checkpoint, ours, ticks, lots]).toEqual([
              checkpoint,
              ours,
              ticks,
              independent.lotsAt(theirs, ticks),
            ]);
        const [held, said] = [market.book.count(ours), independent.count(theirs)];
        if (held !== said) expect([checkpoint, ours, held]).toEqual([checkpoint, ours, said]);
      }
    }
    market.book.assertInvariants();
    expect(market.book.count('BUY')).toBeGreaterThan(500);
    expect(player.describe()).toMatchObject({ gaps: 0, problem: null });
  });

  it('VE-C51 after every line of the book its touch is that of the captured bookTicker, also for those who follow the stream', async () => {
    if (isAbsent()) return;
    const opened = await open(product, path);
    const { player, line, top, market } = opened;
    const ids = { book: 0, ofDepth: 0 };
    const note = ({ kind, id }: CapturedLine): void => {
      if (kind === 'trade') return;
      ids.book = Math.max(ids.book, id);
      if (kind !== 'ticker') ids.ofDepth = Math.max(ids.ofDepth, id);
    };
    capture().lines.slice(0, line()).forEach(note);
    const follower = new Follower(opened);
    const seen = { lines: 0, late: 0, underItsId: 0, published: 0 };
    const tickers = new Set<number>();
    for (const now of capture().lines.slice(line())) {
      await player.step(1);
      note(now);
      const truth = capture().tickerAt(ids.book);
      if (now.kind === 'trade' || truth === null) continue;
      if (now.kind === 'ticker' && now.id < ids.ofDepth) seen.late += 1;
      tickers.add(truth.id);
      seen.lines += 1;
      expectSame(now, top(), truth);
      if (now.kind === 'ticker' && market.updateId === now.id) seen.underItsId += 1;
      if (now.kind !== 'depth') continue;
      follower.follow(market.changes.take(market.updateId));
      seen.published += 1;
      expectSame(now, follower.touch(), truth);
    }
    expect({ ...seen, tickers: tickers.size }).toEqual(AGREE[product].merged);
    expect(follower.gaps).toBe(0);
  });

  it('VE-C51 the book of depth alone has the touch of the bookTicker that it was not shown', async () => {
    if (isAbsent()) return;
    const shown = capture().lines.filter(({ kind }) => kind !== 'ticker');
    const { player, line, top } = await open(product, folder.write(shown.map(({ text }) => `${text}\n`).join('')));
    const recipe = new DepthAloneBook();
    const tickers = new Set<number>();
    let depth = 0;
    for (const [n, now] of shown.entries()) {
      if (n >= line()) await player.step(1);
      if (!recipe.read(now)) continue;
      const truth = capture().tickerAt(recipe.id);
      if (truth === null) continue;
      expectSame(now, recipe.touch(), truth);
      expectSame(now, top(), truth);
      tickers.add(truth.id);
      depth += 1;
    }
    expect({ depth, tickers: tickers.size }).toEqual(AGREE[product].alone);
  });
});

/** Without the cost of an assertion where there is nothing to say: there are 250,000 of them. */
function expectSame(line: CapturedLine, touch: Touch, { bids, asks }: CapturedLine): void {
  const [[bid], [ask]] = [bids, asks];
  const { bid: ourBid, ask: ourAsk } = touch;
  if (bid?.[0] === ourBid[0] && bid[1] === ourBid[1] && ask?.[0] === ourAsk[0] && ask[1] === ourAsk[1]) return;
  expect([line.text.slice(0, 100), touch]).toEqual([line.text.slice(0, 100), { bid, ask }]);
}
