import { describe, expect, it } from '@jest/globals';
import {
  actionsOf,
  AT,
  decided,
  entry,
  lastOf,
  opened,
  stopLoss,
  takeProfit,
  updateOf,
  walkPath,
  wantedPosition,
} from '../../../../test/support/signal-positions.js';
import { Dec } from '../numeric/decimal.js';
import { epochMs } from '../time/clock.js';
import type { Position } from './contract.js';
import type { WantedCloseItem, WantedOpenItem } from './signal-intent.js';

describe('update', () => {
  const OPEN = [entry('in-1', '0.30000000000000004'), entry('in-2', '0.3', '<= 95'), entry('in-3', '0.1', '<= 90')];
  const CLOSE = [takeProfit('tp-1', '0.5', '110'), takeProfit('tp-2', '1', '120'), stopLoss('sl-1', '1', '80')];
  const fired = (): Position => {
    const start = opened(wantedPosition('long', OPEN, CLOSE, { orderExpiresAt: epochMs(AT + 60_000) }));
    return walkPath(start, ['100', '110'])[0]!.position;
  };

  it('SA-12 refuses another amount of an item that has fired; nothing changes', () => {
    const position = opened(wantedPosition('long', [entry('in-1', '0.5')]));
    expect(decided(updateOf([entry('in-1', '0.6')]), [position])).toEqual({
      reason: 'rejected_triggered_item',
      message: 'open_orders in-1 has triggered and cannot be changed: amount must be 0.5, was 0.6',
      warnings: [],
      changes: [],
    });
  });

  it('SA-13 takes a fired item that differs by the rounding of a double', () => {
    const again = [entry('in-1', '0.3'), ...OPEN.slice(1)];
    const decision = decided(updateOf(again, CLOSE), [fired()]);
    expect(decision.reason).toBe('updated');
    expect(lastOf(decision).openItems[0]).toEqual(fired().openItems[0]);
  });

  it('SA-14 replaces all that is armed: absent keys go, new ones come, what has fired stays', () => {
    const open = [OPEN[0]!, entry('new-in', '0.4', '<= 85')];
    const close = [takeProfit('tp-1', '0.5', '110'), takeProfit('new-tp', '1', '130')];
    const before = fired();
    const after = lastOf(decided(updateOf(open, close), [before]));
    expect(after.openItems.map(({ key, state }) => [key, state])).toEqual([
      ['in-1', 'fired'],
      ['new-in', 'armed'],
    ]);
    expect(after.closeItems.map(({ key, state }) => [key, state])).toEqual([
      ['tp-1', 'fired'],
      ['new-tp', 'armed'],
    ]);
    expect(after.closeItems[0]).toBe(before.closeItems[0]);
    expect(after.size).toEqual(before.size);
    expect(after.orderExpiresAt).toBe(AT + 60_000);
  });

  const TP = CLOSE.slice(0, 1);
  it.each<[string, WantedOpenItem[], WantedCloseItem[], string]>([
    [
      'a fired entry that is missing',
      OPEN.slice(1),
      CLOSE,
      'open_orders in-1 has triggered and cannot be changed: it was missing',
    ],
    ['its condition', [entry('in-1', '0.3', '<= 99'), ...OPEN.slice(1)], CLOSE, 'condition must be true, was <= 99'],
    ['its type', [entry('in-1', '0.3', null, { limit: '99' })], CLOSE, 'order_type must be market, was limit'],
    [
      'a fired close that is missing',
      OPEN,
      CLOSE.slice(1),
      'take_profit tp-1 has triggered and cannot be changed: it was missing',
    ],
    ['its ratio', OPEN, [takeProfit('tp-1', '0.4', '110')], 'amount_ratio must be 0.5, was 0.4'],
    ['its price', OPEN, [takeProfit('tp-1', '0.5', '111')], 'price_exact must be 110, was price_exact 111'],
    ['its kind of price', OPEN, [takeProfit('tp-1', '0.5', 'x1.1')], 'was price_ratio 1.1'],
    ['its list', OPEN, [stopLoss('tp-1', '0.5', '110')], 'take_profit tp-1 has triggered'],
  ])('refuses to change %s', (_, open, close, message) => {
    const decision = decided(updateOf(open, close), [fired()]);
    expect(decision).toMatchObject({ reason: 'rejected_triggered_item', changes: [] });
    expect(decision.message).toContain(message);
  });

  it('treats items that rest, and items that expired, as triggered', () => {
    const resting = opened(wantedPosition('long', [entry('in-1', '1', null, { limit: '95' })]));
    expect(decided(updateOf([entry('in-1', '1', null, { limit: '94' })]), [resting])).toMatchObject({
      reason: 'rejected_triggered_item',
      message: 'open_orders in-1 has triggered and cannot be changed: price must be 95, was 94',
    });
    const expired = {
      ...resting,
      openItems: resting.openItems.map((item) => ({ ...item, state: 'expired' as const })),
    };
    expect(decided(updateOf([entry('other', '1')]), [expired]).reason).toBe('rejected_triggered_item');
    expect(decided(updateOf([entry('in-1', '1', null, { limit: '95' })]), [expired]).reason).toBe('updated');
  });

  it('refuses another side or leverage, and keeps what is not told', () => {
    const live = [fired()];
    const same = decided(updateOf(OPEN, CLOSE, { side: 'long', leverage: new Dec('1.0') }), live);
    expect(same.reason).toBe('updated');
    expect(decided(updateOf(OPEN, CLOSE, { side: 'short' }), live)).toMatchObject({
      reason: 'rejected_locked_field',
      message: 'position.type must stay long, was short',
    });
    expect(decided(updateOf(OPEN, CLOSE, { leverage: new Dec(2) }), live)).toMatchObject({
      reason: 'rejected_locked_field',
      message: 'leverage must stay 1, was 2',
    });
  });

  it('refuses no open item while none has fired, and amounts above 1 with those that fired', () => {
    const armed = opened(wantedPosition('long', [entry('in-1', '1', '<= 90')]));
    expect(decided(updateOf([]), [armed]).reason).toBe('rejected_schema');
    expect(decided(updateOf([OPEN[0]!, entry('more', '0.8')], TP), [fired()]).message).toContain('at most 1, were 1.1');
  });

  it('moves the expiries of what is armed or rests, and keeps them if none is told', () => {
    const wanted = wantedPosition('long', [entry('in-1', '0.5', null, { limit: '95' }), entry('in-2', '0.5', '<= 90')]);
    const position = opened({ ...wanted, orderExpiresAt: epochMs(AT + 60_000), actionExpiresAt: epochMs(AT + 90_000) });
    const moved = decided(updateOf(wanted.openItems.slice(), [], { orderExpiresAt: epochMs(AT + 5_000) }), [position]);
    expect(lastOf(moved)).toMatchObject({ orderExpiresAt: AT + 5_000, actionExpiresAt: AT + 90_000 });
    expect(actionsOf(moved)).toEqual([[{ kind: 'move_expiry', item: 'in-1', expiresAt: AT + 5_000 }]]);
    expect(actionsOf(decided(updateOf(wanted.openItems.slice()), [position]))).toEqual([[]]);
  });

  it('passes a risk refusal unless its entries grow', () => {
    const halted = { entryRefusal: 'trading is reducing' };
    const close = [...TP, stopLoss('sl-1', '1', '95')];
    expect(decided(updateOf(OPEN, close), [fired()], halted).reason).toBe('updated');
    expect(decided(updateOf([...OPEN, entry('more', '0.1', '<= 70')], close), [fired()], halted)).toMatchObject({
      reason: 'rejected_risk',
      changes: [],
    });
  });
});
