import { addNamed, catchUpNamed, continueNamed, isBehindNamed, uncountedNamed } from './named-prints.js';
import {
  addPrints,
  catchUp,
  continueNumbered,
  isBehindNumbered,
  isNumberSkipped,
  uncountedNumbered,
  type CaughtUp,
  type TradedVolume,
  type VolumePrint,
} from './traded-volume.js';

/**
 * What a venue's ids of public trades tell. `numbers`: whole, and each trade of an instrument has the number after that of
 * the one before. `names`: nothing but which trade is meant; such trades are in the order of their times.
 */
export type TradeIds = 'numbers' | 'names';

/** How prints are counted, each once. */
export interface PrintCounter {
  /** True: a print's time decides whether it is new, so that an absurd one must not be taken. */
  readonly countsByTime: boolean;
  readonly add: (volume: TradedVolume, prints: readonly VolumePrint[]) => TradedVolume;
  /** Whether it is known that others before this one are missing. */
  readonly isAfterHole: (volume: TradedVolume, print: VolumePrint) => boolean;
  /** Those of a list that are newer than what is counted, or left out of it; none before there is a count. */
  readonly uncounted: <T extends VolumePrint>(volume: TradedVolume, prints: readonly T[]) => T[];
  readonly catchUp: (volume: TradedVolume, newest: readonly VolumePrint[], heard: readonly VolumePrint[]) => CaughtUp;
  /** Their count and those of our `recent` prints that follow it; null when we did not hear each of these. */
  readonly continued: (theirs: TradedVolume, ours: TradedVolume, recent: readonly VolumePrint[]) => TradedVolume | null;
  /** Whether `a` lacks anything that `b` has: newer prints, or volume. */
  readonly isBehind: (a: TradedVolume, b: TradedVolume) => boolean;
}

const COUNTERS: Readonly<Record<TradeIds, PrintCounter>> = {
  numbers: {
    countsByTime: false,
    add: addPrints,
    isAfterHole: isNumberSkipped,
    uncounted: uncountedNumbered,
    catchUp,
    continued: continueNumbered,
    isBehind: isBehindNumbered,
  },
  names: {
    countsByTime: true,
    add: addNamed,
    isAfterHole: () => false,
    uncounted: uncountedNamed,
    catchUp: catchUpNamed,
    continued: continueNamed,
    isBehind: isBehindNamed,
  },
};

export const printCounter = (ids: TradeIds): PrintCounter => COUNTERS[ids];
