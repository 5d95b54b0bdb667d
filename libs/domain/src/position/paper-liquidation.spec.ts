import { describe, expect, it } from '@jest/globals';
import { AT, entry, opened, wantedPosition } from '../../../../test/support/signal-positions.js';
import { decimal, price } from '../numeric/decimal.js';
import type { Position } from './contract.js';
import { liquidateOnPaper, paperLiquidation } from './paper-liquidation.js';

const paper = (side: 'long' | 'short', leverage: string | null, subscriptions = 0): Position =>
  opened(wantedPosition(side, [entry('in', '1')], [], { leverage: leverage === null ? null : decimal(leverage) }), {
    subscriptions,
  });
const levelOf = (position: Position): string | undefined => paperLiquidation(position)?.price.toFixed();

describe('paper liquidation', () => {
  it('SA-60 ends a long of leverage 10 at entry x (1 - (1/10 - 0.005))', () => {
    const position = paper('long', '10');
    expect(levelOf(position)).toBe('90.5');
    expect(liquidateOnPaper(position, price('90.500001'), AT)).toBe(position);
    expect(liquidateOnPaper(position, price('90.5'), AT)).toMatchObject({
      ...{ state: 'closed', endReason: 'liquidated', closedAt: AT, size: decimal('0') },
      paper: { averageExit: price('90.5'), exited: decimal('1') },
    });
  });

  it('is above the entry for a short, and never for a long without leverage', () => {
    expect(levelOf(paper('short', '10'))).toBe('109.5');
    expect(levelOf(paper('short', '1'))).toBe('199.5');
    expect(liquidateOnPaper(paper('short', '1'), price('200'), AT).endReason).toBe('liquidated');
    expect(paperLiquidation(paper('long', '1'))).toBeNull();
    expect(paperLiquidation(paper('long', null))).toBeNull();
    expect(paperLiquidation(paper('long', '10'), decimal('0.01'))?.price.toFixed()).toBe('91');
  });

  it('is not a matter of positions with legs, and of those that ended', () => {
    expect(paperLiquidation(paper('long', '10', 1))).toBeNull();
    expect(paperLiquidation({ ...paper('long', '10'), state: 'closed' })).toBeNull();
  });
});
