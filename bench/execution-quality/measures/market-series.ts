/** What a market did over a tape, added up so that any interval of it can be asked for. Prices in ticks. */
export class MarketSeries {
  /** Instants at which the mid changed, the mid from then on, and the areas under mid and half-spread up to then. */
  readonly #at: number[] = [];
  readonly #mid: number[] = [];
  readonly #half: number[] = [];
  readonly #midArea: number[] = [];
  readonly #halfArea: number[] = [];
  readonly #tradeAt: number[] = [];
  readonly #lots: number[] = [];
  readonly #notional: number[] = [];

  /** Tells the touch at `at`; times never fall. */
  quote(at: number, bidTicks: number, askTicks: number): void {
    const mid = (bidTicks + askTicks) / 2;
    const half = ((askTicks - bidTicks) / (askTicks + bidTicks)) * 10_000;
    const last = this.#at.length - 1;
    if (last >= 0 && this.#mid[last] === mid && this.#half[last] === half) return;
    const before = last < 0 ? 0 : at - (this.#at[last] as number);
    this.#midArea.push(last < 0 ? 0 : (this.#midArea[last] as number) + before * (this.#mid[last] as number));
    this.#halfArea.push(last < 0 ? 0 : (this.#halfArea[last] as number) + before * (this.#half[last] as number));
    this.#at.push(at);
    this.#mid.push(mid);
    this.#half.push(half);
  }

  trade(at: number, ticks: number, lots: number): void {
    this.#tradeAt.push(at);
    this.#lots.push((this.#lots.at(-1) ?? 0) + lots);
    this.#notional.push((this.#notional.at(-1) ?? 0) + lots * ticks);
  }

  /** Of the newest change of the touch. */
  get lastAt(): number {
    return this.#at.at(-1) ?? 0;
  }

  /** Null before the first quote. */
  midAt(at: number): number | null {
    return this.#mid[lastUpTo(this.#at, at)] ?? null;
  }

  /** Time-weighted mid over [from, to); null when nothing was quoted at its beginning. */
  timeWeightedMid(from: number, to: number): number | null {
    return this.#timeWeighted(this.#mid, this.#midArea, from, to);
  }

  /** Time-weighted quoted half-spread, in bps of the mid. */
  halfSpreadBps(from: number, to: number): number | null {
    return this.#timeWeighted(this.#half, this.#halfArea, from, to);
  }

  /** Lots traded in [from, to). */
  tradedLots(from: number, to: number): number {
    const [first, last] = [lastUpTo(this.#tradeAt, from - 1), lastUpTo(this.#tradeAt, to - 1)];
    return (this.#lots[last] ?? 0) - (this.#lots[first] ?? 0);
  }

  /** Volume-weighted price of the trades in [from, to); null without any. */
  volumeWeightedPrice(from: number, to: number): number | null {
    const [first, last] = [lastUpTo(this.#tradeAt, from - 1), lastUpTo(this.#tradeAt, to - 1)];
    const lots = this.tradedLots(from, to);
    return lots === 0 ? null : ((this.#notional[last] ?? 0) - (this.#notional[first] ?? 0)) / lots;
  }

  /** Sample standard deviation of one-second log returns of the mid over [from, to), in bps. */
  sigma1Bps(from: number, to: number): number | null {
    const logs: number[] = [];
    for (let at = from; at < to; at += 1_000_000) {
      const mid = this.midAt(at);
      if (mid !== null) logs.push(Math.log(mid));
    }
    const returns = logs.slice(1).map((log, i) => log - (logs[i] as number));
    if (returns.length < 2) return null;
    const mean = returns.reduce((sum, value) => sum + value, 0) / returns.length;
    const squares = returns.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    return Math.sqrt(squares / (returns.length - 1)) * 10_000;
  }

  #timeWeighted(values: readonly number[], areas: readonly number[], from: number, to: number): number | null {
    const areaAt = (at: number): number | null => {
      const index = lastUpTo(this.#at, at);
      if (index < 0) return null;
      return (areas[index] as number) + (at - (this.#at[index] as number)) * (values[index] as number);
    };
    const [begin, end] = [areaAt(from), areaAt(to)];
    return begin === null || end === null || to <= from ? null : (end - begin) / (to - from);
  }
}

/** Index of the last of rising instants that is not after `at`; -1 without one. */
function lastUpTo(instants: readonly number[], at: number): number {
  let [low, high] = [0, instants.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((instants[middle] as number) <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
