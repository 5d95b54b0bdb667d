import type { Algorithm, Instrument, Price, VolumeProfile } from '#domain';
import { flatProfile } from './flat-profile.js';
import { FillQuality, type FillRow } from './measures/fill-quality.js';
import { MarketSeries } from './measures/market-series.js';
import { plannedShare } from './measures/planned-share.js';
import { measureRun, MEASURES, type Fees, type RunMeasures, type RunRecord } from './measures/run-measures.js';
import { orderOf, planWindows, type Cell, type WindowChoice } from './plan-windows.js';
import { CappedLegs } from './strategies/capped-legs.js';
import { EngineOrder } from './strategies/engine.js';
import { FollowTouch } from './strategies/follow-touch.js';
import { MarketBoard } from './strategies/market-board.js';
import { MarketSlices } from './strategies/market-slices.js';
import { OneClip } from './strategies/one-clip.js';
import { OrderDesk } from './strategies/order-desk.js';
import { TapeWatches } from './strategies/tape-watches.js';
import type { Strategy, WindowOrder } from './strategies/window-order.js';
import type { Tape } from './tape/tape.js';
import { ReplayVenue } from './venue/replay-venue.js';
import { Timeline } from './venue/timeline.js';

export const REFERENCES = ['R1', 'R2', 'R3'] as const;
export type Reference = (typeof REFERENCES)[number];

/** One clip at a time with no plan: asked for beside the references, to see what the clip rule allows. */
export const BOUND = 'clip';

/** Fee cases of algorithms.md 10. */
export const FEE_CASES = { A: { makerBps: 0, takerBps: 0 }, B: { makerBps: 2, takerBps: 5 } } as const;
export type FeeCase = keyof typeof FEE_CASES;

/** What every start of one cell gave for one strategy, buy and sell averaged; oldest start first. */
export interface CellRun {
  readonly cell: Cell;
  readonly feeCase: FeeCase;
  readonly strategy: string;
  readonly starts: readonly RunMeasures[];
  /** Largest tracking error of any single order. */
  readonly worstError: number;
}

export interface ReplayResult {
  readonly runs: readonly CellRun[];
  readonly series: MarketSeries;
  readonly fills: readonly FillRow[];
  readonly firstStart: number;
  readonly decisions: number;
  readonly decideMs: number;
}

/** One order that is worked, and how it is held against the market afterwards. */
interface Job {
  readonly order: WindowOrder;
  readonly strategy: string;
  /** Null: the strategy does not look at fees, and is measured under each case. */
  readonly feeCase: FeeCase | null;
  readonly cell: Cell;
  readonly index: number;
}

export interface ReplayOptions extends WindowChoice {
  readonly algorithms: readonly Algorithm[];
  readonly feeCases: readonly FeeCase[];
  readonly discretion: number;
  readonly passiveness: number;
  /** Whether {@link BOUND} runs as well. */
  readonly bound: boolean;
  /** Whether the fills are kept and looked into. */
  readonly fills: boolean;
}

/** Plays a tape once and works every window of it with every strategy at the same time. */
export function replayTape(tape: Tape, instrument: Instrument, options: ReplayOptions): ReplayResult {
  return new Replay(tape, instrument, options).run();
}

class Replay {
  readonly #timeline: Timeline;
  readonly #venue: ReplayVenue;
  readonly #board: MarketBoard;
  readonly #watches: TapeWatches;
  readonly #series = new MarketSeries();
  readonly #measured = new Map<string, RunMeasures[][]>();
  readonly #worst = new Map<string, number>();
  readonly #fills = new FillQuality(this.#series);
  readonly #profile: VolumeProfile;
  readonly #others: readonly string[];
  #decisions = 0;
  #decideMs = 0;

  constructor(
    private readonly tape: Tape,
    private readonly instrument: Instrument,
    private readonly options: ReplayOptions,
  ) {
    this.#timeline = new Timeline(tape.firstAt);
    this.#venue = new ReplayVenue(this.#timeline);
    this.#board = new MarketBoard(instrument, this.#venue);
    this.#watches = new TapeWatches(this.#board, this.#venue);
    this.#others = options.bound ? [...REFERENCES, BOUND] : REFERENCES;
    this.#profile = flatProfile(tape, instrument);
  }

  run(): ReplayResult {
    const { frames, readyAt, lastAt } = this.tape;
    let next = 0;
    while (next < frames.count && frames.at(next) <= readyAt) this.#play(next++);
    const plan = planWindows(this.tape, this.instrument, this.#board.mid as Price, this.options);
    let firstStart = lastAt;
    for (const cell of plan.cells)
      for (const [index, startAt] of plan.startsOf(cell).entries()) {
        firstStart = Math.min(firstStart, startAt);
        for (const side of ['buy', 'sell'] as const) this.#schedule(cell, orderOf(cell, startAt, index, side), index);
      }
    for (; next < frames.count; next += 1) {
      this.#timeline.runUntil(frames.at(next));
      this.#play(next);
    }
    this.#timeline.runUntil(lastAt);
    return {
      runs: this.#results(plan.cells),
      series: this.#series,
      fills: this.#fills.rows(),
      firstStart,
      decisions: this.#decisions,
      decideMs: this.#decideMs,
    };
  }

  #play(index: number): void {
    const { frames } = this.tape;
    const at = frames.at(index);
    let traded = 0;
    this.#venue.play(frames, index);
    if (frames.isTrade(index))
      frames.visit(index, {
        set: () => undefined,
        trade: (ticks, lots) => {
          traded = lots;
          this.#series.trade(at, ticks, lots);
        },
      });
    else {
      const { top } = this.#venue;
      if (top !== null) this.#series.quote(at, top.bidTicks, top.askTicks);
    }
    this.#board.played(at, traded);
    if (!frames.isTrade(index)) this.#watches.touched();
  }

  /** Everything about a window is made when it begins, and forgotten when it has ended. */
  #schedule(cell: Cell, order: WindowOrder, index: number): void {
    this.#timeline.at(order.startAt, () => {
      for (const strategy of this.#others) this.#begin({ order, strategy, feeCase: null, cell, index });
      for (const feeCase of this.options.feeCases)
        for (const strategy of this.options.algorithms) this.#begin({ order, strategy, feeCase, cell, index });
    });
  }

  #begin(job: Job): void {
    const { order } = job;
    const desk = new OrderDesk(this.#venue, order.side, order.lots);
    const strategy = this.#strategyOf(job, desk);
    strategy.start();
    this.#timeline.at(order.startAt + order.durationMs * 1_000, () => {
      desk.close();
      if (strategy instanceof EngineOrder) {
        this.#watches.forget(strategy);
        this.#decisions += strategy.decisions;
        this.#decideMs += strategy.decideMs;
      }
      // after what was sent at the very end
      this.#venue.send(() => this.#measure(job, desk, strategy));
    });
  }

  #strategyOf({ order, strategy, feeCase }: Job, desk: OrderDesk): Strategy {
    if (strategy === 'R1') return new MarketSlices(order, desk);
    if (strategy === 'R2') return new CappedLegs(order, desk);
    if (strategy === 'R3') return new FollowTouch(order, desk);
    if (strategy === BOUND) return new OneClip(order, desk);
    const setup = {
      name: `${strategy} ${feeCase ?? ''}`,
      algorithm: strategy as Algorithm,
      fees: FEE_CASES[feeCase as FeeCase],
      discretion: this.options.discretion,
      passiveness: this.options.passiveness,
      profile: this.#profile,
    };
    return new EngineOrder(order, desk, this.#board, this.#watches, setup);
  }

  #measure(job: Job, desk: OrderDesk, worked: Strategy): void {
    const { order, strategy, feeCase, cell, index } = job;
    const target = this.#targetOf(order, worked);
    const record: RunRecord = { order, fills: desk.fills, actions: desk.actions, target };
    for (const name of feeCase === null ? this.options.feeCases : [feeCase]) {
      if (this.options.fills) this.#fills.add([name, cell.durationMs, cell.share, strategy], record, FEE_CASES[name]);
      const measures = measureRun(record, this.#series, FEE_CASES[name] satisfies Fees);
      const key = keyOf(cell, name, strategy);
      const starts = this.#measured.get(key) ?? [];
      this.#measured.set(key, starts);
      (starts[index] ??= []).push(measures);
      this.#worst.set(key, Math.max(this.#worst.get(key) ?? 0, measures.errorMax));
    }
  }

  /** The engine is held against its own plan, a reference against a straight line. */
  #targetOf({ startAt, durationMs }: WindowOrder, worked: Strategy): RunRecord['target'] {
    if (!(worked instanceof EngineOrder)) return (u) => u;
    const traded = (u: number): number =>
      this.instrument.lot.toNumber() * this.#series.tradedLots(startAt, startAt + u * durationMs * 1_000);
    return plannedShare(worked.parent, this.#profile, traded);
  }

  #results(cells: readonly Cell[]): CellRun[] {
    return cells.flatMap((cell) =>
      this.options.feeCases.flatMap((feeCase) =>
        [...this.options.algorithms, ...this.#others].map((strategy): CellRun => {
          const key = keyOf(cell, feeCase, strategy);
          const starts = (this.#measured.get(key) ?? []).map(averageOf);
          return { cell, feeCase, strategy, starts, worstError: this.#worst.get(key) ?? 0 };
        }),
      ),
    );
  }
}

function keyOf({ durationMs, share }: Cell, feeCase: FeeCase, strategy: string): string {
  return `${durationMs} ${share} ${feeCase} ${strategy}`;
}

/** Buy and sell of one window: their mean has no drift in it. */
function averageOf(sides: readonly RunMeasures[]): RunMeasures {
  const mean = (measure: (typeof MEASURES)[number]): number =>
    sides.reduce((sum, one) => sum + one[measure], 0) / sides.length;
  return Object.fromEntries(MEASURES.map((measure) => [measure, mean(measure)])) as RunMeasures;
}
