import { blockBootstrap, blockLength, type BlockChoice, type Estimate } from '../measures/block-bootstrap.js';
import { MEASURES, type Measure, type RunMeasures } from '../measures/run-measures.js';
import { BOUND, REFERENCES, type CellRun, type FeeCase, type Reference } from '../replay.js';

/** One line of the table: a strategy in a cell of fee case, duration and size. */
export interface Row {
  readonly feeCase: FeeCase;
  readonly durationMs: number;
  readonly share: number;
  readonly lots: number;
  readonly slices: number;
  readonly strategy: string;
  readonly starts: number;
  readonly blocks: BlockChoice;
  readonly measures: Readonly<Record<Measure, Estimate>>;
  readonly worstError: number;
  /** Null for a reference. */
  readonly goal: Goal | null;
}

/** The goal of algorithms.md 10 for one cell. */
export interface Goal {
  readonly against: Readonly<Record<Reference, Comparison>>;
  /** Largest tracking error allowed: the discretion plus one clip. */
  readonly errorAllowed: number;
  readonly isErrorKept: boolean;
  readonly isReached: boolean;
}

export interface Comparison {
  /** Engine minus reference, all-in, in bps. */
  readonly difference: Estimate;
  /** By how much the engine has to be cheaper. */
  readonly needed: number;
  readonly isReached: boolean;
}

export interface GoalTerms {
  /** Time-weighted quoted half-spread of the tape, in bps. */
  readonly halfSpreadBps: number;
  readonly discretion: number;
  /** Time between two starts. */
  readonly everyMs: number;
}

const OF_HALF_SPREAD = 0.3;
/** In case B against the two references that only take. */
const FEES_SAVED_BPS = 0.45;

/** Means, intervals and verdicts of every cell of a tape. Cells without a single window are left out. */
export function judge(runs: readonly CellRun[], terms: GoalTerms): Row[] {
  return runs
    .filter(({ starts }) => starts.length > 0)
    .map((run): Row => {
      const { cell, feeCase, strategy, starts, worstError } = run;
      const { durationMs, share, lots, slices } = cell;
      const blocks = blockLength(starts.length, Math.round(durationMs / terms.everyMs));
      const isReference = strategy === BOUND || (REFERENCES as readonly string[]).includes(strategy);
      return {
        ...{ feeCase, durationMs, share, lots, slices, strategy, worstError, blocks },
        starts: starts.length,
        measures: estimates(starts, blocks.length),
        goal: isReference ? null : goalOf(run, referencesOf(runs, run), blocks.length, terms),
      };
    });
}

function estimates(starts: readonly RunMeasures[], length: number): Row['measures'] {
  const of = (measure: Measure): Estimate =>
    blockBootstrap(
      starts.map((one) => one[measure]),
      length,
    );
  return Object.fromEntries(MEASURES.map((measure) => [measure, of(measure)])) as Record<Measure, Estimate>;
}

function referencesOf(runs: readonly CellRun[], run: CellRun): Record<Reference, CellRun> {
  const find = (reference: Reference): CellRun => {
    const found = runs.find(
      ({ cell, feeCase, strategy }) => cell === run.cell && feeCase === run.feeCase && strategy === reference,
    );
    if (found?.starts.length !== run.starts.length)
      throw new RangeError(`${reference} must have run in the ${run.starts.length} windows of ${run.strategy}`);
    return found;
  };
  return { R1: find('R1'), R2: find('R2'), R3: find('R3') };
}

function goalOf(run: CellRun, references: Record<Reference, CellRun>, length: number, terms: GoalTerms): Goal {
  const compare = (name: Reference): Comparison => {
    const reference = references[name];
    // both are held against the same window: the benchmark, TWAP or VWAP, is in neither
    const difference = blockBootstrap(
      run.starts.map((one, index) => one.allIn - (reference.starts[index] as RunMeasures).allIn),
      length,
    );
    const floor = OF_HALF_SPREAD * terms.halfSpreadBps;
    const needed = run.feeCase === 'B' && name !== 'R3' ? Math.max(floor, FEES_SAVED_BPS) : floor;
    const isSure = difference.high !== null && difference.high < 0;
    const isComplete = completionOf(run) >= completionOf(reference);
    return { difference, needed, isReached: isSure && isComplete && difference.mean <= -needed };
  };
  const against = { R1: compare('R1'), R2: compare('R2'), R3: compare('R3') };
  const errorAllowed = terms.discretion + 1 / run.cell.slices;
  const isErrorKept = run.worstError <= errorAllowed;
  const isReached = isErrorKept && REFERENCES.every((name) => against[name].isReached);
  return { against, errorAllowed, isErrorKept, isReached };
}

/** Mean share filled, to what sums of doubles can tell apart. */
function completionOf({ starts }: CellRun): number {
  const mean = starts.reduce((sum, { completion }) => sum + completion, 0) / starts.length;
  return Math.round(mean * 1e12) / 1e12;
}
