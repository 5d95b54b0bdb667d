import { describe, expect, it } from '@jest/globals';
import {
  enterEvent,
  exitAllEvent,
  exitEvent,
  intentsOf,
  LegRun,
  SPOT_INSTRUMENT,
} from '../../../../test/support/leg-world.js';
import { AT } from '../../../../test/support/signal-positions.js';
import { decimal, quantity, type Quantity } from '../numeric/decimal.js';
import { addMs } from '../time/clock.js';
import { retryDelayMs } from './book-leg-report.js';
import type { LegId } from './contract.js';
import type { LegEvent } from './leg-event.js';
import { heldBy, stillToExit, type Leg } from './leg.js';

const figures = (leg: Leg): Record<string, string> => ({
  held: heldBy(leg).toFixed(),
  intended: leg.intended.toFixed(),
  shortfall: leg.shortfall.toFixed(),
});

/** A leg that has entered 10. */
function holding(): LegRun {
  const run = new LegRun();
  run.take(enterEvent('in', '10'));
  run.fill(0);
  return run;
}

const outcome = ({ leg }: LegRun): string =>
  leg.outcome === null ? 'none' : `${leg.outcome.kind} ${leg.outcome.reason}`;

describe('entries', () => {
  it('are made once per cause', () => {
    const run = new LegRun();
    expect(intentsOf(run, run.take(enterEvent('in', '10')))).toEqual(['create entry buy 10']);
    const once = run.leg;
    expect(run.take(enterEvent('in', '10'), enterEvent('in', '10')).intents).toEqual([]);
    expect(run.leg).toEqual(once);
    expect(figures(run.leg)).toEqual({ held: '0', intended: '10', shortfall: '0' });
    run.fill(0);
    run.take(exitEvent('tp', '0.5'));
    expect(run.take(exitEvent('tp', '0.5')).intents).toEqual([]);
    expect(run.leg.orders).toHaveLength(2);
  });

  it('sell for a short, and its exits are reduce-only on futures', () => {
    const run = new LegRun({ ...SPOT_INSTRUMENT, marketType: 'perp' });
    run.leg = { ...run.leg, side: 'short' };
    run.take(enterEvent('in', '10', '105'));
    run.fill(0);
    run.take(exitAllEvent('close'));
    expect(run.asked).toMatchObject([
      { kind: 'create', side: 'sell', orderType: 'limit', limitPrice: decimal('105'), reduceOnly: false },
      { kind: 'create', side: 'buy', orderType: 'market', reduceOnly: true },
    ]);
  });

  it('that end short lower what is intended; a leg keeps what it holds', () => {
    const run = new LegRun();
    run.take(enterEvent('in', '10'));
    run.report(0, '4', 'venue_rejected');
    expect(figures(run.leg)).toEqual({ held: '4', intended: '4', shortfall: '6' });
    expect(outcome(run)).toBe('none');
    expect(intentsOf(run, run.take(exitEvent('tp', '0.5')))).toEqual(['create exit sell 2']);
  });

  it.each([
    ['venue_rejected', 'failed venue_rejected'],
    ['risk_denied', 'failed risk_denied'],
    ['expired', 'failed entry_expired'],
    ['canceled', 'failed entry_expired'],
    ['insufficient_balance', 'skipped insufficient_balance'],
    ['leverage_refused', 'skipped leverage_refused'],
  ] as const)('a first order that ends %s with nothing filled leaves the leg out', (end, expected) => {
    const run = new LegRun();
    run.take(enterEvent('in', '10'));
    run.report(0, '0', end);
    expect(outcome(run)).toBe(expected);
    expect(run.take(enterEvent('in-2', '5')).intents).toEqual([]);
  });

  it('a later order that fails leaves the leg with what it holds', () => {
    const run = holding();
    run.take(enterEvent('in-2', '5'));
    run.report(1, '0', 'venue_rejected');
    expect([outcome(run), figures(run.leg)]).toEqual(['none', { held: '10', intended: '10', shortfall: '5' }]);
  });

  it('a first order that is passed leaves the leg out, a later one does not', () => {
    const run = new LegRun();
    run.take({ kind: 'pass', item: 'in', reason: 'below_minimum' });
    expect(outcome(run)).toBe('skipped below_minimum');
    const later = holding();
    later.take({ kind: 'pass', item: 'in-2', reason: 'limited' });
    expect([outcome(later), later.leg.passed]).toEqual(['none', [{ item: 'in-2', reason: 'limited' }]]);
  });

  it('SA-23 keep what they fill until their cancel is known', () => {
    const run = new LegRun();
    run.take(enterEvent('in', '10', '95'));
    run.report(0, '4');
    expect(intentsOf(run, run.take({ kind: 'cancel_entries', items: ['in'] }))).toEqual(['cancel 0']);
    expect(run.take({ kind: 'cancel_entries', items: ['in'] }).intents).toEqual([]);
    run.report(0, '5', 'canceled');
    expect(figures(run.leg)).toEqual({ held: '5', intended: '5', shortfall: '5' });
    expect([run.step.intents, outcome(run)]).toEqual([[], 'none']);
  });

  it('move their expiry while they rest', () => {
    const run = new LegRun();
    run.take(enterEvent('in', '10', '95'), enterEvent('in-2', '10', '95'));
    const move: LegEvent = { kind: 'move_expiry', item: 'in-2', expiresAt: AT };
    expect(intentsOf(run, run.take(move))).toEqual([`move 1 to ${AT}`]);
    run.fill(1);
    expect(run.take(move).intents).toEqual([]);
  });
});

describe('exits', () => {
  it('SA-53 cut what works and exit a share of what is held', () => {
    const run = new LegRun();
    run.take(enterEvent('in', '10'));
    run.report(0, '4');
    expect(intentsOf(run, run.take(exitEvent('tp', '0.5')))).toEqual(['cut 0 to 7', 'create exit sell 2']);
    expect(figures(run.leg)).toEqual({ held: '4', intended: '5', shortfall: '0' });
    run.fill(0);
    run.fill(1);
    expect(figures(run.leg)).toEqual({ held: '5', intended: '5', shortfall: '0' });
    expect(run.order(0).counted).toEqual({ filled: quantity('5'), of: quantity('5') });
  });

  it('SA-17 SA-18 several closes make one exit, as a stop if any is one', () => {
    const run = holding();
    run.take(exitEvent('a', '0.5'), exitEvent('b', '0.5', 'stop'));
    expect(intentsOf(run)).toEqual(['create stop sell 7.5']);
  });

  it('take a share of what no exit works on yet', () => {
    const run = holding();
    run.take(exitEvent('a', '0.5'));
    expect(intentsOf(run, run.take(exitEvent('b', '0.5')))).toEqual(['create exit sell 2.5']);
    run.report(1, '5', 'filled');
    run.report(2, '2.5', 'filled');
    expect(figures(run.leg)).toEqual({ held: '2.5', intended: '2.5', shortfall: '0' });
  });

  it('exit fills that come after the cancel of an entry by a further order', () => {
    const run = new LegRun();
    run.take(enterEvent('in', '10'));
    run.report(0, '4');
    expect(intentsOf(run, run.take(exitAllEvent('close')))).toEqual(['cancel 0', 'create exit sell 4']);
    run.fill(1);
    expect(outcome(run)).toBe('none');
    run.report(0, '5.5');
    expect(intentsOf(run)).toEqual(['create exit sell 1.5']);
    run.report(0, '5.5', 'canceled');
    run.fill(2);
    expect([outcome(run), figures(run.leg)]).toEqual(['ended exited', { held: '0', intended: '0', shortfall: '0' }]);
  });

  it('a close before any fill ends the leg as canceled', () => {
    const run = new LegRun();
    run.take(enterEvent('in', '10'));
    expect(intentsOf(run, run.take(exitAllEvent('close')))).toEqual(['cancel 0']);
    run.report(0, '0', 'canceled');
    expect(outcome(run)).toBe('ended canceled');
    const none = new LegRun();
    none.take(exitAllEvent('close'));
    expect(outcome(none)).toBe('ended canceled');
  });

  it('a stop cancels exits that work, and takes their rest on once that is known', () => {
    const run = holding();
    run.take(exitEvent('tp', '0.6'));
    expect(intentsOf(run, run.take(exitAllEvent('sl', 'stop')))).toEqual(['cancel 1', 'create stop sell 4']);
    run.report(1, '2');
    expect(run.step.intents).toEqual([]);
    run.report(1, '2', 'canceled');
    expect(intentsOf(run)).toEqual(['create stop sell 4']);
    expect(run.leg.failures).toBe(0);
    run.fill(2);
    run.fill(3);
    expect(outcome(run)).toBe('ended exited');
  });

  it('SA-59 leave out what fees took of the base', () => {
    const run = new LegRun();
    run.take(enterEvent('in', '10'));
    run.fill(0, '0.01');
    expect(figures(run.leg)).toEqual({ held: '9.99', intended: '9.99', shortfall: '0' });
    expect(intentsOf(run, run.take(exitAllEvent('close')))).toEqual(['create exit sell 9.99']);
  });

  it('carry what is below the minimum to the next, and note a last remainder as dust', () => {
    const run = new LegRun();
    run.take(enterEvent('in', '1'));
    run.fill(0, '0.0004');
    expect(run.take(exitEvent('a', '0.04')).intents).toEqual([]);
    expect(stillToExit(run.leg).toFixed()).toBe('0.039984');
    expect(intentsOf(run, run.take(exitEvent('b', '0.1')))).toEqual(['create exit sell 0.135']);
    run.fill(1);
    expect(intentsOf(run, run.take(exitAllEvent('close')))).toEqual(['create exit sell 0.864']);
    run.fill(2);
    expect(outcome(run)).toBe('ended exited');
    expect(run.leg.dust?.toFixed()).toBe('0.0006');
  });

  it('SA-54 are tried again after 1 s and 2 s, as stops, until they fill', () => {
    const run = holding();
    run.take(exitAllEvent('close'));
    run.report(1, '0', 'venue_rejected');
    expect([run.step.intents, run.step.wakeAt, run.step.alert]).toEqual([[], addMs(AT, 1_000), false]);
    run.later(999).take({ kind: 'wake' });
    expect(run.step.intents).toEqual([]);
    expect(intentsOf(run, run.later(1).take({ kind: 'wake' }))).toEqual(['create stop sell 10']);
    run.report(2, '0', 'venue_rejected');
    expect(run.step.wakeAt).toBe(addMs(AT, 3_000));
    expect(intentsOf(run, run.later(2_000).take({ kind: 'wake' }))).toEqual(['create stop sell 10']);
    run.fill(3);
    expect([outcome(run), run.leg.orders.length]).toEqual(['ended exited', 4]);
    expect(new Set(run.leg.orders.map(({ id }) => id)).size).toBe(4);
  });

  it('go on for what a failed exit has left, and tell a person from the third failure on', () => {
    const run = holding();
    run.take(exitAllEvent('close'));
    run.report(1, '4', 'expired');
    const alerts = [run.step.alert];
    for (const index of [2, 3, 4]) {
      run.later(60_000).take({ kind: 'wake' });
      expect(intentsOf(run)).toEqual(['create stop sell 6']);
      run.report(index, '0', 'venue_rejected');
      alerts.push(run.step.alert);
    }
    expect(alerts).toEqual([false, false, true, true]);
    run.later(60_000).take({ kind: 'wake' });
    run.fill(5);
    expect([outcome(run), run.leg.failures]).toEqual(['ended exited', 0]);
  });

  it('wait 1, 2, 4 ... 60 s', () => {
    expect([1, 2, 3, 6, 7, 8, 100].map(retryDelayMs)).toEqual([1_000, 2_000, 4_000, 32_000, 60_000, 60_000, 60_000]);
  });

  it('do not wait for a retry when there is a new reason to exit', () => {
    const run = holding();
    run.take(exitEvent('tp', '0.5'));
    run.report(1, '0', 'venue_rejected');
    expect(intentsOf(run, run.take(exitAllEvent('sl', 'stop')))).toEqual(['create stop sell 10']);
  });

  it('have `exit` settings again once a stop is done', () => {
    const run = holding();
    run.take(enterEvent('in-2', '5', '90'));
    run.take(exitEvent('sl', '0.5', 'stop'));
    run.fill(2);
    expect(intentsOf(run, run.take(exitEvent('tp', '0.5')))).toContain('create exit sell 2.5');
  });
});

describe('ends', () => {
  it('SA-61 a fill after the end is booked, flagged and exited; the leg stays ended', () => {
    const run = new LegRun();
    run.take(enterEvent('in', '10'));
    run.report(0, '4');
    run.take(exitAllEvent('close'));
    run.report(0, '4', 'canceled');
    run.fill(1);
    expect(outcome(run)).toBe('ended exited');
    run.report(0, '4.5');
    expect(intentsOf(run)).toEqual(['create exit sell 0.5']);
    expect([outcome(run), run.leg.lateFill]).toEqual(['ended exited', true]);
    run.report(2, '0', 'venue_rejected');
    expect(intentsOf(run, run.later(1_000).take({ kind: 'wake' }))).toEqual(['create stop sell 0.5']);
    run.fill(3);
    expect([outcome(run), heldBy(run.leg).toFixed()]).toEqual(['ended exited', '0']);
  });

  it('a fill after a failure that nothing asked to exit is exited, too', () => {
    const run = new LegRun();
    run.take(enterEvent('in', '10'));
    run.report(0, '0', 'venue_rejected');
    run.report(0, '3', 'venue_rejected');
    expect(intentsOf(run)).toEqual(['create exit sell 3']);
    expect([outcome(run), run.leg.lateFill]).toEqual(['failed venue_rejected', true]);
  });

  it('what a venue fills too much is exited', () => {
    const run = new LegRun();
    run.take(enterEvent('in', '10'));
    run.report(0, '11', 'filled');
    expect([intentsOf(run), run.leg.lateFill]).toEqual([['create exit sell 1'], false]);
  });

  it('abandon cancels what works and leaves the rest to the operator', () => {
    const run = holding();
    run.take(enterEvent('in-2', '5'), exitEvent('tp', '0.5'));
    expect(intentsOf(run, run.take({ kind: 'abandon' }))).toEqual(['cancel 1', 'cancel 2']);
    expect(outcome(run)).toBe('ended abandoned');
    run.report(1, '1');
    expect([run.step.intents, heldBy(run.leg).toFixed()]).toEqual([[], '11']);
    expect(run.take(exitAllEvent('close')).intents).toEqual([]);
  });

  it('a liquidation takes from what is held; a leg at 0 ends liquidated', () => {
    const run = holding();
    run.take(enterEvent('in-2', '5'));
    const taken: LegEvent = { kind: 'liquidated', id: 'fill-1', qty: quantity('4') };
    run.take(taken, taken);
    expect([figures(run.leg), outcome(run)]).toEqual([{ held: '6', intended: '11', shortfall: '0' }, 'none']);
    expect(intentsOf(run, run.take({ kind: 'liquidated', id: 'fill-2', qty: quantity('6') }))).toEqual(['cancel 1']);
    expect(outcome(run)).toBe('ended liquidated');
  });

  it('exits that work for more than a liquidation has left are canceled, and made anew for what is left', () => {
    const run = holding();
    run.take(exitEvent('tp', '0.8'));
    expect(intentsOf(run, run.take({ kind: 'liquidated', id: 'fill-2', qty: quantity('5') }))).toEqual(['cancel 1']);
    run.report(1, '0', 'canceled');
    expect(intentsOf(run)).toEqual(['create exit sell 3']);
  });

  it('an exit whose position is gone at the venue ends', () => {
    const run = holding();
    run.take(exitAllEvent('close'));
    run.report(1, '0', 'venue_rejected');
    run.take({ kind: 'found', held: quantity('12') });
    expect([outcome(run), heldBy(run.leg).toFixed()]).toEqual(['none', '10']);
    run.take({ kind: 'found', held: quantity('0') });
    expect([outcome(run), run.step.wakeAt, run.leg.dust]).toEqual(['ended exited', null, null]);
  });
});

describe('reports', () => {
  it('change nothing when they come twice or after newer ones', () => {
    const run = new LegRun();
    run.take(enterEvent('in', '10'));
    run.report(0, '5', null, '0.005');
    const newest = run.leg;
    run.report(0, '3', null, '0.003');
    run.report(0, '5', null, '0.005');
    expect(run.leg).toEqual(newest);
    run.report(0, '6', 'expired');
    const ended = run.leg;
    run.report(0, '6', 'venue_rejected');
    run.report(0, '5');
    expect([run.leg, run.step.intents]).toEqual([ended, []]);
  });

  it("of orders that are not the leg's are left alone", () => {
    const [run, other] = [holding(), new LegRun()];
    other.leg = { ...other.leg, id: 'leg-2' as LegId };
    other.take(enterEvent('in', '10'));
    const { leg } = run;
    const report = { ...other.order(0), filled: quantity('10'), end: 'filled' as const };
    run.take({ kind: 'report', report });
    expect(run.leg).toEqual(leg);
  });
});

describe('entries that wait', () => {
  const wait = (item: string, amount = '1'): LegEvent => ({
    kind: 'wait',
    entry: {
      action: {
        ...{ kind: 'enter', item, amount: decimal(amount), orderType: 'market', limitPrice: null },
        ...{ expiresAt: null, after: null },
      },
      cause: { id: `enter-${item}`, at: AT },
      since: AT,
    },
  });

  it('go when they are made, and are cut and dropped with the rest', () => {
    const run = new LegRun();
    run.take(wait('in'), wait('in-2', '0.5'));
    run.take(exitEvent('tp', '0.5'));
    expect(run.leg.pending.map(({ action }) => action.amount.toFixed())).toEqual(['0.5', '0.25']);
    run.take(enterEvent('in', '5'));
    expect(run.leg.pending.map(({ action }) => action.item)).toEqual(['in-2']);
    run.take({ kind: 'cancel_entries', items: ['in-2'] });
    expect([run.leg.pending, run.leg.passed]).toEqual([[], [{ item: 'in-2', reason: 'entry_expired' }]]);
    const closing = new LegRun();
    closing.take(wait('in'));
    closing.take(exitAllEvent('close'));
    expect([closing.leg.pending, outcome(closing)]).toEqual([[], 'ended canceled']);
  });

  it('fail the leg when the exit before is stuck', () => {
    const run = new LegRun();
    run.take(wait('in'));
    run.take({ kind: 'pass', item: 'in', reason: 'exit_stuck' });
    expect([outcome(run), run.leg.pending]).toEqual(['failed exit_stuck', []]);
  });
});

it('never places an exit for less than the minimum notional, unless no price tells', () => {
  const run = new LegRun();
  run.take(enterEvent('in', '0.04'));
  run.report(0, '0.04', 'filled');
  run.take(exitAllEvent('close'));
  expect([outcome(run), run.leg.dust?.toFixed()]).toEqual(['ended exited', '0.04']);
  expect((run.leg.dust as Quantity).isZero()).toBe(false);
});
