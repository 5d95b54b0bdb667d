import { describe, expect, it } from '@jest/globals';
import {
  actionsOf,
  AT,
  decided,
  entry,
  kindsOf,
  lastOf,
  LONG,
  opened,
  SHORT,
  SPOT,
  stopLoss,
  strategyWith,
  takeProfit,
  updateOf,
  walkPath,
  wantedPosition,
} from '../../../../test/support/signal-positions.js';
import { Dec, decimal, price } from '../numeric/decimal.js';
import { epochMs } from '../time/clock.js';
import type { Position, PositionState } from './contract.js';
import type { SignalIntent, WantedCloseItem, WantedOpenItem } from './signal-intent.js';

const inState = (position: Position, state: PositionState): Position => ({ ...position, state });

describe('open', () => {
  it('SA-1 opens by a market item that is true, at half the size', () => {
    const decision = decided({ action: 'open', wanted: wantedPosition('long', [entry('in-1', '0.5')]) });
    expect(decision).toMatchObject({ reason: 'opened', warnings: [] });
    const position = lastOf(decision);
    expect(position).toMatchObject({ state: 'opening', legs: 1, wasHeld: true, reference: price('100'), number: 31 });
    expect(position.size.toFixed()).toBe('0.5');
    expect(decision.changes).toHaveLength(1);
    expect(actionsOf(decision)).toEqual([
      [
        {
          ...{ kind: 'enter', item: 'in-1', amount: decimal('0.5'), orderType: 'market' },
          ...{ limitPrice: null, expiresAt: null, after: null },
        },
      ],
    ]);
  });

  it('SA-2 is armed while a price gates its first item, and places a limit order once it is reached', () => {
    const wanted = wantedPosition('long', [entry('in-1', '1', '<= 50000', { limit: '58078' })]);
    const decision = decided({ action: 'open', wanted }, [], { mid: price('60000') });
    expect(decision.reason).toBe('armed');
    expect(actionsOf(decision)).toEqual([[]]);
    const [at60000, at49990] = walkPath(lastOf(decision), ['60000', '60000', '49990']);
    expect(at60000!.actions).toEqual([]);
    expect(at49990!.actions).toMatchObject([{ kind: 'enter', orderType: 'limit', limitPrice: price('58078') }]);
    expect(at49990!.position).toMatchObject({ state: 'opening', legs: 1 });
    expect(at49990!.position.size.toFixed()).toBe('0');
  });

  it('is armed without a price, and needs one to enter at once', () => {
    const gated = wantedPosition('long', [entry('in-1', '1', '<= 90')]);
    expect(decided({ action: 'open', wanted: gated }, [], { mid: null }).reason).toBe('armed');
    expect(decided({ action: 'open', wanted: LONG }, [], { mid: null })).toMatchObject({
      reason: 'rejected_no_price',
      message: 'no market price for BTC-USDT',
      changes: [],
    });
  });

  it('opens on paper at the mid when there is no subscription', () => {
    const decision = decided({ action: 'open', wanted: LONG }, [], { subscriptions: 0, mid: price('100.5') });
    expect(lastOf(decision)).toMatchObject({ state: 'open', legs: 0, openedAt: AT, averageEntry: price('100.5') });
    expect(lastOf(decision).paper.size.toFixed()).toBe('1');
    expect(actionsOf(decision)).toEqual([[]]);
  });

  it.each<[string, WantedOpenItem[], WantedCloseItem[], string]>([
    ['SA-6 no open item', [], [], 'open_orders must not be empty'],
    ['SA-7 amounts above 1', [entry('a', '0.6'), entry('b', '0.5')], [], 'must add up to at most 1, were 1.1'],
    ['an amount above 1', [entry('a', '1.1')], [], 'open_orders[0].amount must be 0 to 1, was 1.1'],
    [
      'SA-9 a limit item without a price',
      [entry('a', '0.5'), { ...entry('b', '0.5'), orderType: 'limit' }],
      [],
      'open_orders[1]: limit needs price.value',
    ],
    ['SA-21 a price ratio meant as per cent', LONG.openItems.slice(), [takeProfit('t', '1', 'x0.05')], '0.5 to 2'],
    ['a take-profit on the loss side', LONG.openItems.slice(), [takeProfit('t', '1', 'x0.9')], 'above 1 for a long'],
    [
      'a ratio above 1',
      LONG.openItems.slice(),
      [stopLoss('s', '1.5', '90')],
      'stop_loss[0].amount_ratio must be above 0',
    ],
    ['a ratio of 0', LONG.openItems.slice(), [stopLoss('s', '0', '90')], 'stop_loss[0].amount_ratio must be above 0'],
    ['a key twice', [entry('a', '0.5'), entry('a', '0.5')], [], 'open_orders[1].key must be unique'],
    ['a key that is empty', [entry('', '0.5')], [], 'open_orders[0].key must be 1 to 64 characters, was 0'],
    ['a key that is too long', [entry('k'.repeat(65), '0.5')], [], 'was 65'],
  ])('refuses %s', (_, open, close, message) => {
    const decision = decided({ action: 'open', wanted: wantedPosition('long', open, close) });
    expect(decision).toMatchObject({ reason: 'rejected_schema', changes: [] });
    expect(decision.message).toContain(message);
  });

  it('SA-8 takes amounts that miss 1 by the rounding of a double', () => {
    const seven = Array.from({ length: 7 }, (_, i) => entry(`in-${i}`, '0.1'));
    const wanted = wantedPosition('long', [...seven, entry('in-8', '0.30000000000000004')]);
    expect(decided({ action: 'open', wanted }).reason).toBe('opened');
  });

  it('takes the same key in different lists', () => {
    const wanted = wantedPosition('long', [entry('a', '1')], [takeProfit('a', '1', '110'), stopLoss('a', '1', '90')]);
    expect(decided({ action: 'open', wanted }).reason).toBe('opened');
  });

  it('SA-22 refuses a short, and leverage, of a SPOT strategy', () => {
    expect(decided({ action: 'open', wanted: SHORT }, [], SPOT).reason).toBe('rejected_side');
    const leveraged = { ...LONG, leverage: new Dec(2) };
    expect(decided({ action: 'open', wanted: leveraged }, [], SPOT)).toMatchObject({
      reason: 'rejected_schema',
      message: 'leverage must be 1 for a SPOT strategy, was 2',
    });
    expect(decided({ action: 'open', wanted: { ...LONG, leverage: new Dec(126) } })).toMatchObject({
      message: 'leverage must be 1 to 125, was 126',
    });
    expect(decided({ action: 'open', wanted: leveraged }).reason).toBe('opened');
  });

  it('is refused by a risk limit, a disabled strategy, an expiry that has passed', () => {
    const open: SignalIntent = { action: 'open', wanted: LONG };
    expect(decided(open, [], { entryRefusal: 'trading is halted' })).toMatchObject({
      reason: 'rejected_risk',
      message: 'trading is halted',
    });
    expect(decided(open, [], strategyWith({ isActive: false })).reason).toBe('rejected_disabled');
    expect(decided({ action: 'open', wanted: { ...LONG, actionExpiresAt: AT } }).reason).toBe('expired');
    expect(decided({ action: 'open', wanted: { ...LONG, actionExpiresAt: epochMs(AT + 1) } }).reason).toBe('opened');
    const limit = wantedPosition('long', [entry('in-1', '1', null, { limit: '95', expiresAt: AT })]);
    expect(decided({ action: 'open', wanted: limit }).reason).toBe('expired');
  });

  it('SA-10 is refused while a position is live, which stays as it is', () => {
    const live = opened(LONG);
    const decision = decided({ action: 'open', wanted: SHORT }, [live]);
    expect(decision).toMatchObject({ reason: 'rejected_live_position', changes: [] });
    expect(decision.message).toContain('position 31 (long 1 BTC-USDT, opening)');
    for (const state of ['closing', 'closed', 'cancelled'] as const)
      expect(decided({ action: 'open', wanted: SHORT }, [inState(live, state)]).reason).toBe('opened');
  });

  it('replaces what is live if the strategy says so, and its entries wait for those exits', () => {
    const live = opened(LONG);
    const wanted = wantedPosition('short', [entry('in-1', '0.5'), entry('in-2', '0.5', '>= 110')]);
    const decision = decided({ action: 'open', wanted }, [live], strategyWith({ onOpenWhileLive: 'replace' }));
    expect(decision.reason).toBe('opened');
    const [old, fresh] = decision.changes;
    expect(old!.position).toMatchObject({ id: live.id, state: 'closing', endReason: 'replaced' });
    expect(old!.actions).toEqual([{ kind: 'exit_all', purpose: 'exit', items: [] }]);
    expect(fresh!.position).toMatchObject({ state: 'opening', follows: live.id });
    expect(fresh!.actions).toMatchObject([{ kind: 'enter', item: 'in-1', after: live.id }]);
    const [later] = walkPath(fresh!.position, ['100', '110']);
    expect(later!.actions).toMatchObject([{ kind: 'enter', item: 'in-2', after: live.id }]);
    const halted = decided({ action: 'open', wanted }, [live], {
      ...strategyWith({ onOpenWhileLive: 'replace' }),
      entryRefusal: 'halted',
    });
    expect(halted).toMatchObject({ reason: 'rejected_risk', changes: [] });
  });

  it('warns of closes on the wrong side, at one price, and behind one of the whole size', () => {
    const closes = [takeProfit('tp-1', '1', '99'), takeProfit('tp-2', '1', '120'), stopLoss('sl-1', '1', '99')];
    const { reason, warnings } = decided({
      action: 'open',
      wanted: wantedPosition('long', [entry('in', '1')], closes),
    });
    expect(reason).toBe('opened');
    expect(warnings).toEqual([
      'take_profit tp-1: price should be above the entry at 100 for a long, was 99',
      'stop_loss sl-1 has the price of take_profit tp-1, 99: stop-losses come first, then list order',
      'take_profit tp-2 stands behind tp-1, which closes all',
    ]);
    const short = wantedPosition('short', [entry('in', '1', '>= 110')], [stopLoss('sl-1', '1', '105')]);
    expect(decided({ action: 'open', wanted: short }).warnings).toEqual([
      'stop_loss sl-1: price should be above the entry at 110 for a short, was 105',
    ]);
  });
});

describe('close', () => {
  const close: SignalIntent = { action: 'close', side: null };

  it('SA-11 closes once, ignores what comes after, and opens anew', () => {
    const closed = decided(close, [opened(LONG)]);
    expect(closed.reason).toBe('closed');
    expect(lastOf(closed)).toMatchObject({ state: 'closing', endReason: 'signal_close' });
    expect(actionsOf(closed)).toEqual([[{ kind: 'exit_all', purpose: 'exit', items: [] }]]);
    const closing = [lastOf(closed)];
    expect(decided(updateOf([entry('in-1', '1')]), closing)).toMatchObject({
      reason: 'ignored_no_position',
      changes: [],
    });
    expect(decided(close, closing)).toMatchObject({ reason: 'ignored_no_position', changes: [] });
    expect(decided({ action: 'open', wanted: LONG }, closing).reason).toBe('opened');
  });

  it('cancels what is armed, and needs no price, no active strategy and no leave of risk', () => {
    const armed = opened(wantedPosition('long', [entry('in-1', '1', '<= 90')]));
    const never = { mid: null, lastPrice: null, entryRefusal: 'halted', ...strategyWith({ isActive: false }) };
    const decision = decided(close, [armed], never);
    expect(decision.reason).toBe('closed');
    expect(lastOf(decision)).toMatchObject({ state: 'cancelled', endReason: 'signal_close', closedAt: AT });
    expect(actionsOf(decision)).toEqual([[]]);
    expect(decided(close, [opened(LONG)], never).reason).toBe('closed');
  });

  it('closes paper at the mid, else at the last price', () => {
    const paper = opened(LONG, { subscriptions: 0 });
    expect(lastOf(decided(close, [paper], { mid: price('110') }))).toMatchObject({
      state: 'closed',
      closedAt: AT,
      paper: { averageExit: price('110') },
    });
    const late = lastOf(decided(close, [paper], { mid: null, lastPrice: price('105') }));
    expect(late.paper).toMatchObject({ averageExit: price('105'), exited: decimal('1'), size: decimal('0') });
    expect(late.size.toFixed()).toBe('0');
  });

  it('looks at the side if one is named', () => {
    const live = [opened(LONG)];
    expect(decided({ action: 'close', side: 'long' }, live).reason).toBe('closed');
    expect(decided({ action: 'close', side: 'short' }, live)).toMatchObject({
      reason: 'ignored_no_position',
      message: 'no short position is live in BTC-USDT, found position 31 (long 1 BTC-USDT, opening)',
    });
  });
});

describe('lots', () => {
  const lot: SignalIntent = { action: 'open_lot', wanted: LONG };
  const closeLot = (number: number): SignalIntent => ({ action: 'close_lot', number });

  it('SA-31 are independent of each other; an exit-all ends them in the order of their numbers', () => {
    const lots: Position[] = [];
    for (let i = 0; i < 3; i += 1) lots.push(lastOf(decided(lot, lots)));
    expect(lots.map(({ number, state }) => [number, state])).toEqual([
      [31, 'opening'],
      [32, 'opening'],
      [33, 'opening'],
    ]);
    const all = decided({ action: 'exit_all' }, lots.toReversed());
    expect(all.reason).toBe('exited_all');
    expect(all.changes.map(({ position }) => [position.number, position.state])).toEqual([
      [31, 'closing'],
      [32, 'closing'],
      [33, 'closing'],
    ]);
    expect(
      decided(
        { action: 'exit_all' },
        all.changes.map(({ position }) => position),
      ).changes,
    ).toEqual([]);
  });

  it('SA-37 a lot is closed once', () => {
    const first = decided(closeLot(31), [lastOf(decided(lot))]);
    expect(kindsOf(first)).toEqual([['exit_all']]);
    for (const state of ['closing', 'closed', 'cancelled'] as const) {
      const again = decided(closeLot(31), [inState(lastOf(first), state)]);
      expect(again).toMatchObject({ reason: 'ignored_already_closed', changes: [] });
    }
    expect(decided(closeLot(99), [])).toMatchObject({
      reason: 'rejected_position_unknown',
      message: 'position 99 not found',
    });
  });

  it('SA-38 an exit-all of nothing changes nothing', () => {
    expect(decided({ action: 'exit_all' }, [])).toMatchObject({ reason: 'ignored_no_position', changes: [] });
  });

  it('SA-36 a short of a SPOT strategy is refused', () => {
    expect(decided({ action: 'open_lot', wanted: SHORT }, [], SPOT).reason).toBe('rejected_side');
  });

  it('an exit-all takes armed positions, too', () => {
    const armed = opened(wantedPosition('long', [entry('in-1', '1', '<= 90')]));
    const decision = decided({ action: 'exit_all' }, [armed, { ...opened(LONG), number: 32 }]);
    expect(decision.changes.map(({ position }) => position.state)).toEqual(['cancelled', 'closing']);
  });

  it('a lot closed on paper that was never entered is cancelled', () => {
    const resting = opened(wantedPosition('long', [entry('in-1', '1', null, { limit: '95' })]), { subscriptions: 0 });
    expect(resting.state).toBe('opening');
    expect(lastOf(decided(closeLot(31), [resting]))).toMatchObject({ state: 'cancelled', endReason: 'signal_close' });
  });
});

describe('test signals', () => {
  it('SA-50 are checked in full and change nothing', () => {
    const test = { isTest: true };
    expect(decided({ action: 'open', wanted: LONG }, [], test)).toMatchObject({ reason: 'test_ok', changes: [] });
    expect(decided({ action: 'close', side: null }, [], test)).toMatchObject({ reason: 'test_ok', changes: [] });
    expect(decided({ action: 'open', wanted: SHORT }, [], { ...test, ...SPOT }).reason).toBe('rejected_side');
  });
});
