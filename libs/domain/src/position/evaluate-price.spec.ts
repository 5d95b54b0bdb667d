import { describe, expect, it } from '@jest/globals';
import {
  AT,
  decided,
  entry,
  firedKeys,
  opened,
  sizes,
  stopLoss,
  takeProfit,
  tick,
  walkPath,
  wantedPosition,
} from '../../../../test/support/signal-positions.js';
import { decimal, price } from '../numeric/decimal.js';
import { epochMs } from '../time/clock.js';
import type { Position } from './contract.js';
import { evaluateGap, evaluateMove } from './evaluate-gap.js';
import { evaluatePrice } from './evaluate-price.js';
import { mayFire, triggerLevels } from './trigger-levels.js';
import { meanTrigger } from './watched-item.js';

const long = (...closes: Parameters<typeof wantedPosition>[2] & object) =>
  opened(wantedPosition('long', [entry('in', '1')], closes));

describe('evaluatePrice', () => {
  it('SA-3 adds and takes away as prices are reached', () => {
    const position = opened(
      wantedPosition('long', [entry('in-1', '0.7'), entry('in-2', '0.3', '<= 95')], [takeProfit('tp', '0.5', '110')]),
    );
    expect(position.size.toFixed()).toBe('0.7');
    const path = walkPath(position, ['100', '100', '110', '94']);
    expect(sizes(path)).toEqual(['0.7', '0.35', '0.65']);
    expect(path.map(({ actions }) => actions)).toEqual([
      [],
      [
        {
          ...{ kind: 'exit', ratio: decimal('0.5'), purpose: 'exit' },
          items: [{ list: 'take_profit', key: 'tp' }],
        },
      ],
      [expect.objectContaining({ kind: 'enter', item: 'in-2', amount: decimal('0.3') })],
    ]);
    expect(path[1]!.position.closeItems[0]).toMatchObject({
      state: 'fired',
      firedAt: price('110'),
      appliedAt: AT + 1_000,
    });
  });

  it('SA-4 fires the stop-loss of a short once', () => {
    const short = opened(wantedPosition('short', [entry('in', '1')], [stopLoss('sl', '0.5', '120')]));
    const path = walkPath(short, ['100', '119', '121', '119', '121']);
    expect(sizes(path)).toEqual(['1', '0.5', '0.5', '0.5']);
    expect(firedKeys(path)).toEqual([[], ['sl'], [], []]);
    expect(path[1]!.actions).toMatchObject([{ kind: 'exit', purpose: 'stop' }]);
  });

  it('SA-5 fires at equality', () => {
    const position = long(takeProfit('tp', '0.5', '59313.04492'));
    expect(sizes(walkPath(position, ['59000', '59313.04491', '59313.04492']))).toEqual(['1', '0.5']);
  });

  it('SA-15 neither evaluates nor consumes closes at size 0; one that holds when it comes to be watched fires with the next price', () => {
    const wanted = wantedPosition(
      'long',
      [entry('in-1', '0'), entry('in-2', '1', '<= 90')],
      [takeProfit('tp', '1', '80')],
    );
    const decision = decided({ action: 'open', wanted });
    const { position, actions } = decision.changes[0]!;
    expect(position).toMatchObject({ state: 'open', legs: 1, wasHeld: false });
    expect(actions).toEqual([]);
    const path = walkPath(position, ['100', '100', '90', '90']);
    expect(sizes(path)).toEqual(['0', '1', '0']);
    expect(firedKeys(path)).toEqual([[], ['in-2'], ['tp']]);
    expect(path[2]!.position).toMatchObject({ state: 'closing', endReason: 'size_zero' });
    expect(path[2]!.actions).toMatchObject([{ kind: 'exit_all', purpose: 'exit' }]);
  });

  it('SA-16 watches the first item only until it fires', () => {
    const wanted = wantedPosition(
      'long',
      [entry('in-1', '0.5', '<= 90'), entry('in-2', '0.5', '>= 105')],
      [stopLoss('sl', '1', '107')],
    );
    const position = opened(wanted);
    const path = walkPath(position, ['100', '106', '90', '105']);
    expect(firedKeys(path)).toEqual([[], ['in-1'], ['sl']]);
    expect(firedKeys(walkPath({ ...position, closeItems: [] }, ['100', '106', '90', '105']))).toEqual([
      [],
      ['in-1'],
      ['in-2'],
    ]);
    expect(path[0]!.position).toBe(position);
  });

  it('SA-17 fires each level of a tick on what is left, as one exit', () => {
    const position = long(takeProfit('a', '0.5', '110'), takeProfit('b', '0.5', '120'), takeProfit('c', '1', '130'));
    const [step] = walkPath(position, ['100', '125']);
    expect(firedKeys([step!])).toEqual([['a', 'b']]);
    expect(step!.position.size.toFixed()).toBe('0.25');
    expect(step!.actions).toEqual([
      {
        ...{ kind: 'exit', ratio: decimal('0.75'), purpose: 'exit' },
        items: [
          { list: 'take_profit', key: 'a' },
          { list: 'take_profit', key: 'b' },
        ],
      },
    ]);
  });

  it('SA-18 fires what holds before the tick first, and exits as a stop if any is one', () => {
    const [step] = walkPath(long(takeProfit('tp', '1', '110'), stopLoss('sl', '0.5', '110')), ['100', '110']);
    expect(firedKeys([step!])).toEqual([['sl', 'tp']]);
    expect(step!.position).toMatchObject({ state: 'closing', endReason: 'size_zero', size: decimal('0') });
    expect(step!.actions).toEqual([
      {
        ...{ kind: 'exit_all', purpose: 'stop' },
        items: [
          { list: 'stop_loss', key: 'sl' },
          { list: 'take_profit', key: 'tp' },
        ],
      },
    ]);
  });

  it('SA-20 follows the average entry until it fires, and stays there', () => {
    const position = long(takeProfit('tp', '0.5', 'x1.1'));
    expect(triggerLevels(position, AT).atOrAbove).toBeNull();
    expect(firedKeys(walkPath(position, ['100', '200']))).toEqual([[]]);
    const at = (averageEntry: string): Position => ({ ...position, averageEntry: price(averageEntry) });
    expect(triggerLevels(at('100'), AT).atOrAbove?.toFixed()).toBe('110');
    expect(triggerLevels(at('96'), AT).atOrAbove?.toFixed()).toBe('105.6');
    const [step] = walkPath(at('96'), ['100', '105.6']);
    expect(step!.position.closeItems[0]!.firedAt?.toFixed()).toBe('105.6');
    const moved = { ...step!.position, averageEntry: price('90') };
    expect(moved.closeItems[0]!.firedAt?.toFixed()).toBe('105.6');
  });

  it('breaks ties by stop-loss, take-profit, open item, then list order', () => {
    const wanted = wantedPosition(
      'short',
      [entry('in-1', '0.2'), entry('in-2', '0.3', '>= 110'), entry('in-3', '0.3', '>= 110')],
      [takeProfit('tp', '0.5', '90'), stopLoss('sl-1', '0.5', '110'), stopLoss('sl-2', '0.5', '110')],
    );
    const [up] = walkPath(opened(wanted), ['100', '110']);
    expect(firedKeys([up!])).toEqual([['sl-1', 'sl-2', 'in-2', 'in-3']]);
    expect(up!.position.size.toFixed()).toBe('0.65');
    expect(up!.actions).toMatchObject([
      { kind: 'exit', ratio: decimal('0.75') },
      { kind: 'enter', item: 'in-2', amount: decimal('0.3') },
      { kind: 'enter', item: 'in-3', amount: decimal('0.3') },
    ]);
  });

  it('takes the stop-loss where both it and a take-profit hold when they are armed', () => {
    const [step] = walkPath(long(takeProfit('tp', '1', '99'), stopLoss('sl', '1', '101')), ['100', '100']);
    expect(firedKeys([step!])).toEqual([['sl']]);
    expect(step!.actions).toMatchObject([{ kind: 'exit_all', purpose: 'stop' }]);
  });

  it('enters only what later closes of the same tick leave', () => {
    const wanted = wantedPosition(
      'long',
      [entry('in-1', '0.5'), entry('in-2', '0.5', '<= 95')],
      [stopLoss('sl', '0.5', '90')],
    );
    const [step] = walkPath(opened(wanted), ['100', '85']);
    expect(firedKeys([step!])).toEqual([['in-2', 'sl']]);
    expect(step!.position.size.toFixed()).toBe('0.5');
    expect(step!.actions).toMatchObject([
      { kind: 'exit', ratio: decimal('0.5') },
      { kind: 'enter', item: 'in-2', amount: decimal('0.25') },
    ]);
  });

  it('a stop crossed in the tick of the entry leaves nothing to order, and ends the walk', () => {
    const wanted = wantedPosition(
      'long',
      [entry('in-1', '1', '<= 90'), entry('in-2', '0', '<= 80')],
      [stopLoss('sl', '1', '88')],
    );
    const [step] = walkPath(opened(wanted), ['100', '70']);
    expect(firedKeys([step!])).toEqual([['in-1', 'sl']]);
    expect(step!.position).toMatchObject({ state: 'closing', endReason: 'size_zero', legs: 1 });
    expect(step!.actions).toMatchObject([{ kind: 'exit_all', purpose: 'stop' }]);
  });

  it('fires an item without a condition with the next price, whatever it is', () => {
    const position = opened(wantedPosition('long', [entry('in-1', '0.5'), entry('in-2', '0.5')]));
    expect(triggerLevels(position, AT).onAnyPrice).toBe(true);
    expect(firedKeys(walkPath(position, ['100', '100', '100']))).toEqual([['in-2'], []]);
  });

  it('fires what holds when it is armed with the next price, though that does not hold any more', () => {
    const position = long(stopLoss('sl', '0.5', '101'));
    expect(firedKeys([evaluatePrice(position, tick('100', '105'))])).toEqual([['sl']]);
    expect(firedKeys([evaluatePrice(position, tick(null, '105'))])).toEqual([[]]);
    expect(firedKeys([evaluatePrice(position, tick(null, '101'))])).toEqual([['sl']]);
  });

  it('does not fire entries that are too late, and does not place their orders', () => {
    const expiry = epochMs(AT + 1_000);
    const late = opened(
      wantedPosition('long', [entry('in-1', '0.5'), entry('in-2', '0.5', '<= 95')], [stopLoss('sl', '1', '90')], {
        actionExpiresAt: expiry,
      }),
    );
    expect(firedKeys(walkPath(late, ['100', '95', '90']))).toEqual([[], ['sl']]);
    const limit = opened(
      wantedPosition('long', [entry('in-1', '0.5'), entry('in-2', '0.5', '<= 95', { limit: '94' })], [], {
        orderExpiresAt: expiry,
      }),
    );
    const [step] = walkPath(limit, ['100', '95']);
    expect(step!.actions).toEqual([]);
    expect(step!.position.openItems[1]).toMatchObject({ state: 'expired', appliedAt: AT + 1_000 });
  });

  it.each(['closing', 'closed', 'cancelled'] as const)('leaves a position alone that is %s', (state) => {
    const position = { ...long(stopLoss('sl', '1', '90')), state };
    expect(evaluatePrice(position, tick('100', '80'))).toEqual({ position, fired: [], actions: [] });
    expect(triggerLevels(position, AT)).toEqual({ onAnyPrice: false, atOrAbove: null, atOrBelow: null });
  });

  it('counts the legs of the moment when the first item fires', () => {
    const armed = opened(wantedPosition('long', [entry('in', '1', '<= 90')]));
    const fire = (subscriptions: number) =>
      evaluatePrice(armed, tick('100', '90', { subscriptions, mid: price('90.5') }));
    expect(fire(3).position).toMatchObject({ legs: 3, state: 'opening', averageEntry: null });
    expect(fire(3).position.paper.averageEntry?.toFixed()).toBe('90.5');
    expect(fire(0)).toMatchObject({ actions: [], position: { legs: 0, state: 'open', averageEntry: price('90.5') } });
  });
});

describe('positions on paper', () => {
  const paper = (wanted: Parameters<typeof opened>[0]): Position => opened(wanted, { subscriptions: 0 });

  it('fills market items at the mid and closes them there, without actions', () => {
    const position = paper(
      wantedPosition('long', [entry('in-1', '0.5'), entry('in-2', '0.5', '<= 90')], [takeProfit('tp', '0.5', '110')]),
    );
    const path = walkPath(position, ['100', '90', '110']);
    expect(path.flatMap(({ actions }) => actions)).toEqual([]);
    const { paper: record, averageEntry } = path[1]!.position;
    expect([averageEntry, record.averageEntry, record.averageExit].map((value) => value?.toFixed())).toEqual([
      '95',
      '95',
      '110',
    ]);
    expect([record.entered, record.exited, record.size].map((value) => value.toFixed())).toEqual(['1', '0.5', '0.5']);
  });

  it('fills a limit order once a trade reaches its price, at its price', () => {
    const position = paper(
      wantedPosition('long', [entry('in', '1', null, { limit: '95' })], [takeProfit('tp', '1', 'x1.1')]),
    );
    expect(position).toMatchObject({ state: 'opening', wasHeld: false });
    const path = walkPath(position, ['100', '95.1', '93', '104.5']);
    expect(sizes(path)).toEqual(['0', '1', '0']);
    expect(path[1]!.position).toMatchObject({
      state: 'open',
      averageEntry: price('95'),
      openItems: [{ state: 'fired' }],
    });
    expect(path[2]!.position).toMatchObject({ state: 'closed', endReason: 'size_zero', closedAt: AT + 1_000 });
  });

  it('an item of amount 0 opens a position only as the first', () => {
    const items = [entry('in-1', '1', null, { limit: '95' }), entry('in-2', '0', '<= 99')];
    const [step] = walkPath(paper(wantedPosition('long', items)), ['100', '99']);
    expect(firedKeys([step!])).toEqual([['in-2']]);
    expect(step!.position).toMatchObject({ state: 'opening', averageEntry: null });
    expect(paper(wantedPosition('long', [entry('in-1', '0')]))).toMatchObject({ state: 'open', wasHeld: false });
  });

  it('gives a limit order that the market has passed the price of the market', () => {
    const position = paper(wantedPosition('long', [entry('in', '1', null, { limit: '105' })]));
    expect(walkPath(position, ['100', '99'])[0]!.position.averageEntry?.toFixed()).toBe('99');
    const short = paper(wantedPosition('short', [entry('in', '1', null, { limit: '95' })]));
    expect(walkPath(short, ['100', '99'])[0]!.position.averageEntry?.toFixed()).toBe('99');
  });

  it('moves its triggers with the average entry in the middle of a walk', () => {
    const position = paper(
      wantedPosition('long', [entry('in-1', '0.5'), entry('in-2', '0.5', '<= 90')], [stopLoss('sl', '1', 'x0.89')]),
    );
    const [step] = walkPath(position, ['100', '84']);
    expect(firedKeys([step!])).toEqual([['in-2']]);
    expect(triggerLevels(step!.position, AT).atOrBelow?.toFixed()).toBe('81.88');
  });
});

describe('evaluateGap', () => {
  const gap = (low: string, high: string, now: string) => ({
    ...tick(null, now),
    low: price(low),
    high: price(high),
  });

  it('SA-57 fires closes that were touched, and open items only if they hold now', () => {
    const position = opened(
      wantedPosition('long', [entry('in-1', '0.5'), entry('in-2', '0.5', '<= 90')], [stopLoss('sl', '0.5', '90')]),
    );
    const evaluation = evaluateGap(position, gap('88', '100', '100'));
    expect(firedKeys([evaluation])).toEqual([['sl']]);
    expect(evaluation.position.size.toFixed()).toBe('0.25');
    expect(evaluation.position.openItems[1]!.state).toBe('armed');
    expect(evaluation.actions).toMatchObject([{ kind: 'exit', ratio: decimal('0.5'), purpose: 'stop' }]);
    expect(firedKeys([evaluateGap(position, gap('88', '100', '89'))])).toEqual([['sl', 'in-2']]);
  });

  it('takes stop-losses first, of each kind the nearest first, and ends at size 0', () => {
    const position = long(
      takeProfit('tp-2', '0.5', '120'),
      takeProfit('tp-1', '0.5', '110'),
      stopLoss('sl-2', '0.5', '80'),
      stopLoss('sl-1', '0.5', '90'),
    );
    expect(firedKeys([evaluateGap(position, gap('75', '125', '100'))])).toEqual([['sl-1', 'sl-2', 'tp-1', 'tp-2']]);
    const whole = long(takeProfit('tp', '0.5', '110'), stopLoss('sl', '1', '90'));
    const evaluation = evaluateGap(whole, gap('75', '125', '100'));
    expect(firedKeys([evaluation])).toEqual([['sl']]);
    expect(evaluation.position.state).toBe('closing');
  });

  it('arms an armed position only by the price of now, and fires nothing else with it', () => {
    const armed = opened(
      wantedPosition('long', [entry('in-1', '0.5', '<= 90'), entry('in-2', '0.5')], [stopLoss('sl', '1', '95')]),
    );
    expect(evaluateGap(armed, gap('80', '100', '91')).position).toBe(armed);
    expect(firedKeys([evaluateGap(armed, gap('80', '100', '90'))])).toEqual([['in-1']]);
  });

  it('fills orders that rest on paper by a touch', () => {
    const resting = opened(wantedPosition('long', [entry('in', '1', null, { limit: '95' })]), { subscriptions: 0 });
    expect(evaluateGap(resting, gap('94', '100', '100')).position).toMatchObject({
      state: 'open',
      averageEntry: price('95'),
    });
  });

  it('walks when the price went straight, and takes a gap when it was beyond', () => {
    const position = opened(
      wantedPosition('long', [entry('in-1', '0.5'), entry('in-2', '0.5', '<= 95')], [stopLoss('sl', '1', '90')]),
    );
    const move = (low: string, high: string) => ({ ...tick('100', '96'), low: price(low), high: price(high) });
    expect(firedKeys([evaluateMove(position, move('96', '100'))])).toEqual([[]]);
    expect(firedKeys([evaluateMove(position, move('95', '100'))])).toEqual([[]]);
    expect(firedKeys([evaluateMove(position, move('90', '100'))])).toEqual([['sl']]);
    expect(firedKeys([evaluateMove(position, { ...tick('100', '95'), low: price('95'), high: price('100') })])).toEqual(
      [['in-2']],
    );
  });
});

describe('triggerLevels', () => {
  it('tells the nearest price of each direction', () => {
    const position = long(
      takeProfit('a', '1', '120'),
      takeProfit('b', '1', '110'),
      stopLoss('c', '1', '80'),
      stopLoss('d', '1', '90'),
    );
    const levels = triggerLevels(position, AT);
    expect(levels).toEqual({ onAnyPrice: false, atOrAbove: price('110'), atOrBelow: price('90') });
    const between = (low: string, high: string): boolean => mayFire(levels, price(low), price(high));
    expect([between('91', '109'), between('90', '100'), between('95', '110')]).toEqual([false, true, true]);
  });
});

it('reads back the mean of where armed closes fire, weighted by their ratios', () => {
  const closes = [takeProfit('a', '0.25', '110'), takeProfit('b', '0.75', 'x1.3'), stopLoss('c', '1', '90')];
  const position: Position = { ...long(...closes), averageEntry: price('100') };
  expect(meanTrigger(position, 'take_profit')?.toFixed()).toBe('125');
  const [step] = walkPath(position, ['100', '110']);
  expect(meanTrigger(step!.position, 'take_profit')?.toFixed()).toBe('130');
  expect(meanTrigger({ ...position, averageEntry: null }, 'take_profit')?.toFixed()).toBe('110');
  expect(meanTrigger(long(takeProfit('a', '1', '110')), 'stop_loss')).toBeNull();
});
