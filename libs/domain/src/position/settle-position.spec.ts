import { describe, expect, it } from '@jest/globals';
import { enterEvent, exitAllEvent, exitEvent, FLAT_LEG, LegRun } from '../../../../test/support/leg-world.js';
import {
  AT,
  decided,
  entry,
  opened,
  takeProfit,
  walkPath,
  wantedPosition,
} from '../../../../test/support/signal-positions.js';
import { notional, price, quantity } from '../numeric/decimal.js';
import { addMs } from '../time/clock.js';
import type { LegId, Position } from './contract.js';
import { expirePosition } from './expire-position.js';
import type { Leg } from './leg.js';
import { settlePosition, type OnNoExecution } from './settle-position.js';
import { triggerLevels } from './trigger-levels.js';

const MOMENT = { at: addMs(AT, 2_000), quote: price('100') };
const settled = (position: Position, legs: readonly Leg[], onNoExecution: OnNoExecution = 'cancel'): Position =>
  settlePosition(position, legs, onNoExecution, MOMENT);

const MARKET = wantedPosition('long', [entry('in', '1')], [takeProfit('tp', '0.5', 'x1.1')]);
const LIMIT = wantedPosition('long', [entry('in', '1', null, { limit: '95' })], [], {
  orderExpiresAt: addMs(AT, 60_000),
});

/** A leg that has made its first order. */
function entered(id = 'leg-1', qty = '10'): LegRun {
  const run = new LegRun();
  run.leg = { ...FLAT_LEG, id: id as LegId };
  run.take(enterEvent('in', qty));
  return run;
}

describe('settlePosition', () => {
  it('opens with the first fill of any leg, at the average of all fills', () => {
    const position = opened(MARKET, { subscriptions: 2 });
    const [one, two] = [entered(), entered('leg-2', '3')];
    expect(settled(position, [one.leg, two.leg])).toBe(position);
    one.report(0, '1');
    const open = settled(position, [one.leg, two.leg]);
    expect(open).toMatchObject({ state: 'open', openedAt: MOMENT.at, averageEntry: price('100') });
    two.take({
      kind: 'report',
      report: {
        ...{ id: two.order(0).id, filled: quantity('3'), notional: notional('312') },
        ...{ fees: quantity('0'), end: 'filled' },
      },
    });
    const later = settled(open, [one.leg, two.leg]);
    expect(later.averageEntry?.toFixed()).toBe('103');
    expect(triggerLevels(later, AT).atOrAbove?.toFixed()).toBe('113.3');
    expect(settled(later, [one.leg, two.leg])).toBe(later);
  });

  it('exits do not move the average entry', () => {
    const run = entered();
    run.fill(0);
    const open = settled(opened(MARKET), [run.leg]);
    run.take(exitEvent('tp', '0.5'));
    run.fill(1);
    expect(settled(open, [run.leg])).toBe(open);
  });

  it('SA-23 counts a limit item by what is filled, and keeps it at its expiry', () => {
    const run = entered();
    run.report(0, '4');
    const open = settled(opened(LIMIT), [run.leg]);
    expect([open.state, open.size.toFixed(), open.wasHeld]).toEqual(['open', '0.4', true]);
    expect(open.paper).toMatchObject({ averageEntry: price('95'), size: open.size });
    const expired = expirePosition(open, addMs(AT, 60_000));
    expect(expired.actions).toEqual([{ kind: 'cancel_entries', items: ['in'] }]);
    run.take({ kind: 'cancel_entries', items: ['in'] });
    run.report(0, '4', 'canceled');
    const after = settled(expired.position, [run.leg]);
    expect([after.state, after.size.toFixed(), after.openItems[0]!.state]).toEqual(['open', '0.4', 'expired']);
  });

  it('closes take the same share of what a limit item may still fill', () => {
    const run = entered();
    run.report(0, '4');
    const open = settled(opened(LIMIT), [run.leg]);
    const [step] = walkPath({ ...open, closeItems: opened(MARKET).closeItems, averageEntry: price('95') }, [
      '100',
      '105',
    ]);
    expect([step!.position.size.toFixed(), step!.position.openItems[0]!.kept.toFixed()]).toEqual(['0.2', '0.5']);
    run.take(exitEvent('tp', '0.5'));
    run.report(0, '7', 'filled');
    run.fill(1);
    const after = settled(step!.position, [run.leg]);
    expect([after.size.toFixed(), after.openItems[0]!.state]).toEqual(['0.5', 'fired']);
    expect(run.leg.intended.toFixed()).toBe('5');
  });

  it('counts legs that take part only, and never less than before', () => {
    const position = opened(LIMIT, { subscriptions: 2 });
    const [one, two] = [entered(), entered('leg-2')];
    one.fill(0);
    const half = settled(position, [one.leg, two.leg]);
    expect(half.size.toFixed()).toBe('0.5');
    two.report(0, '0', 'venue_rejected');
    const whole = settled(half, [one.leg, two.leg]);
    expect([whole.size.toFixed(), whole.openItems[0]!.state]).toEqual(['1', 'fired']);
    one.take({ kind: 'liquidated', id: 'fill-1', qty: quantity('3') });
    expect(settled(whole, [one.leg, two.leg])).toBe(whole);
  });

  it('ends when no leg was filled and nothing works or is to come', () => {
    const position = opened(MARKET, { subscriptions: 2 });
    const [one, two] = [entered(), entered('leg-2')];
    one.report(0, '0', 'venue_rejected');
    expect(settled(position, [one.leg])).toBe(position); // the other leg is not made yet
    expect(settled(position, [one.leg, two.leg])).toBe(position);
    two.report(0, '0', 'insufficient_balance');
    expect(settled(position, [one.leg, two.leg])).toMatchObject({
      ...{ state: 'cancelled', endReason: 'no_execution', closedAt: MOMENT.at },
    });
    const unmade = { ...FLAT_LEG, id: 'leg-2' as LegId };
    expect(settled(position, [one.leg, unmade])).toBe(position); // its order is not made yet
    const more = wantedPosition('long', [entry('in', '0.5'), entry('in-2', '0.5', '<= 90')]);
    expect(settled(opened(more), [one.leg]).state).toBe('opening');
  });

  it('ends as expired when the only order was a limit that expired unfilled', () => {
    const run = entered();
    const { position } = expirePosition(opened(LIMIT), addMs(AT, 60_000));
    run.take({ kind: 'cancel_entries', items: ['in'] });
    expect(settled(position, [run.leg])).toBe(position);
    run.report(0, '0', 'canceled');
    expect(settled(position, [run.leg])).toMatchObject({ state: 'cancelled', endReason: 'entry_expired' });
    expect(settled(position, [run.leg], 'paper')).toMatchObject({ state: 'cancelled', endReason: 'entry_expired' });
  });

  it('stays on paper without execution if the strategy says so', () => {
    const run = entered();
    run.report(0, '0', 'venue_rejected');
    const paper = settled(opened(MARKET), [run.leg], 'paper');
    expect(paper).toMatchObject({ state: 'open', legs: 0, averageEntry: price('100') });
    expect(walkPath(paper, ['100', '110'])[0]!).toMatchObject({ actions: [], fired: [{ key: 'tp' }] });
    const resting = settled(opened(LIMIT), [run.leg], 'paper');
    expect(resting).toMatchObject({ state: 'opening', legs: 0, openItems: [{ state: 'placed' }] });
    expect(walkPath(resting, ['100', '95'])[0]!.position).toMatchObject({ state: 'open', averageEntry: price('95') });
  });

  it('closes when its legs are flat, and is cancelled when nothing was ever filled', () => {
    const run = entered();
    const closing = decided({ action: 'close', side: null }, [opened(MARKET)]).changes[0]!.position;
    run.report(0, '4');
    run.take(exitAllEvent('close'));
    expect(settled(closing, [run.leg])).toMatchObject({ state: 'closing', averageEntry: price('100') });
    run.report(0, '4', 'canceled');
    run.fill(1);
    const closed = settled(closing, [run.leg]);
    expect(closed).toMatchObject({ state: 'closed', endReason: 'signal_close', closedAt: MOMENT.at });
    expect(settled(closing, [])).toBe(closing);
    const unfilled = entered();
    unfilled.take(exitAllEvent('close'));
    unfilled.report(0, '0', 'canceled');
    expect(settled(closing, [unfilled.leg])).toMatchObject({ state: 'cancelled', endReason: 'signal_close' });
  });

  it('SA-61 stays closed when a fill comes late', () => {
    const run = entered();
    run.report(0, '4');
    run.take(exitAllEvent('close'));
    run.report(0, '4', 'canceled');
    run.fill(1);
    const closing = decided({ action: 'close', side: null }, [opened(MARKET)]).changes[0]!.position;
    const closed = settled(closing, [run.leg]);
    run.report(0, '4.5');
    expect(settled(closed, [run.leg])).toBe(closed);
  });

  it('closes without the legs that were abandoned', () => {
    const run = entered();
    run.report(0, '4');
    run.take(exitAllEvent('close'));
    run.take({ kind: 'abandon' });
    const closing = decided({ action: 'close', side: null }, [opened(MARKET)]).changes[0]!.position;
    expect(settled(closing, [run.leg]).state).toBe('closed');
    const left = entered();
    left.fill(0);
    left.take({ kind: 'abandon' });
    expect(settled(opened(MARKET), [left.leg])).toMatchObject({ state: 'closed', endReason: 'operator' });
  });

  it('ends when its last live leg is liquidated', () => {
    const position = opened(MARKET, { subscriptions: 2 });
    const [one, two] = [entered(), entered('leg-2')];
    one.fill(0);
    two.fill(0);
    one.take({ kind: 'liquidated', id: 'fill-1', qty: quantity('10') });
    expect(settled(position, [one.leg, two.leg]).state).toBe('open');
    two.take(enterEvent('in-2', '5'));
    two.take({ kind: 'liquidated', id: 'fill-1', qty: quantity('10') });
    expect(settled(position, [one.leg, two.leg]).state).toBe('open'); // an entry may still fill
    two.report(1, '0', 'canceled');
    expect(settled(position, [one.leg, two.leg])).toMatchObject({ state: 'closed', endReason: 'liquidated' });
  });

  it('leaves armed and paper positions to prices', () => {
    const armed = opened(wantedPosition('long', [entry('in', '1', '<= 90')]));
    expect(settled(armed, [])).toBe(armed);
    const paper = opened(MARKET, { subscriptions: 0 });
    expect(settled(paper, [])).toBe(paper);
  });
});
