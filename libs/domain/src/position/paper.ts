import { Dec, ZERO, type Decimal, type Price } from '../numeric/decimal.js';
import type { PaperRecord } from './contract.js';
import { DIGITS } from './size.js';

export const NO_PAPER: PaperRecord = {
  size: ZERO,
  averageEntry: null,
  averageExit: null,
  entered: ZERO,
  exited: ZERO,
};

/** Books an entry; the record's size is that of the position, which its owner sets. */
export function enterPaper(paper: PaperRecord, share: Decimal, price: Price): PaperRecord {
  if (share.lte(ZERO)) return paper;
  return {
    ...paper,
    averageEntry: averageWith(paper.averageEntry, paper.entered, price, share),
    entered: paper.entered.add(share),
  };
}

/** Books an exit, in the same way. */
export function exitPaper(paper: PaperRecord, share: Decimal, price: Price): PaperRecord {
  if (share.lte(ZERO)) return paper;
  return {
    ...paper,
    averageExit: averageWith(paper.averageExit, paper.exited, price, share),
    exited: paper.exited.add(share),
  };
}

/** Rounded half to even at 18 digits. */
function averageWith(average: Price | null, weight: Decimal, price: Price, share: Decimal): Price {
  if (average === null || average.eq(price)) return price;
  const sum = average.mul(weight).add(price.mul(share));
  return sum.div(weight.add(share)).toDecimalPlaces(DIGITS, Dec.ROUND_HALF_EVEN) as Price;
}
