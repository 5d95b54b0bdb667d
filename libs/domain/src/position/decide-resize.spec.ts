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
  wantedPosition,
} from '../../../../test/support/signal-positions.js';
import { decimal } from '../numeric/decimal.js';
import type { Position } from './contract.js';
import type { SignalIntent } from './signal-intent.js';
import type { SignalInput } from './signal-decision.js';

const { side: _long, ...ANY_SIDE } = LONG;

describe('webhook actions', () => {
  const buy: SignalIntent = { action: 'enter', wanted: LONG, againstLive: 'close' };
  const long: SignalIntent = { action: 'enter', wanted: LONG, againstLive: 'reverse' };
  const reduceBy = (ratio: string): SignalIntent => ({ action: 'reduce', side: null, ratio: decimal(ratio) });
  const increaseBy = (amount: string): SignalIntent => ({
    action: 'increase',
    side: null,
    item: entry('open', amount),
  });
  const reverse: SignalIntent = { action: 'reverse', side: null, wanted: ANY_SIDE };
  const desired = (
    state: 'long' | 'short' | 'flat',
    change: { now: string; before: string } | null = null,
  ): SignalIntent => ({
    action: 'desired',
    state,
    change: change && { now: decimal(change.now), before: decimal(change.before) },
    wanted: ANY_SIDE,
  });
  const half = (): Position => opened(wantedPosition('long', [entry('open', '0.5')]));

  it.each<[string, SignalIntent, string]>([
    ['an entry opens', buy, 'opened'],
    ['an increase', increaseBy('0.5'), 'ignored_no_position'],
    ['a reduction', reduceBy('0.5'), 'ignored_no_position'],
    ['a close', { action: 'close', side: null }, 'ignored_no_position'],
    ['a reversal', reverse, 'ignored_no_position'],
    ['a reversal to a side opens', { ...reverse, side: 'short' }, 'opened'],
    ['an exit-all', { action: 'exit_all' }, 'ignored_no_position'],
    ['wanted flat', desired('flat'), 'ignored_no_position'],
    ['wanted long opens', desired('long'), 'opened'],
  ])('with nothing live: %s', (_, intent, reason) => {
    expect(decided(intent).reason).toBe(reason);
  });

  it('an entry on the live side changes nothing, or adds to it with pyramiding', () => {
    expect(decided(long, [half()])).toMatchObject({ reason: 'ignored_already_in_state', changes: [] });
    const added = decided(
      { ...long, wanted: wantedPosition('long', [entry('open', '0.3')], [stopLoss('s', '1', '90')]) },
      [half()],
      strategyWith({ pyramiding: true }),
    );
    expect(added.reason).toBe('increased');
    expect(lastOf(added).size.toFixed()).toBe('0.8');
    expect(lastOf(added).closeItems).toEqual([]);
    expect(added.warnings).toEqual(['stop_loss and take_profit stay as they are when a position is increased']);
    expect(actionsOf(added)).toMatchObject([[{ kind: 'enter', item: 'open-2', amount: decimal('0.3') }]]);
  });

  it('SA-42 buy on a live short closes it and opens nothing', () => {
    const decision = decided(buy, [opened(SHORT)]);
    expect(decision.reason).toBe('closed');
    expect(kindsOf(decision)).toEqual([['exit_all']]);
  });

  it('SA-43 wanted long on a live short turns it: the exit, then an entry that waits for it', () => {
    const decision = decided(desired('long'), [opened(SHORT)]);
    expect(decision.reason).toBe('reversed');
    expect(decision.changes.map(({ position }) => [position.side, position.state])).toEqual([
      ['short', 'closing'],
      ['long', 'opening'],
    ]);
    expect(actionsOf(decision)[1]).toMatchObject([{ kind: 'enter', after: 'position-31' }]);
    expect(decided(long, [opened(SHORT)]).reason).toBe('reversed');
  });

  it('SA-44 an entry with stops opens at its size, with closes of all of it', () => {
    const wanted = wantedPosition(
      'long',
      [entry('open', '0.5')],
      [stopLoss('sl', '1', '90'), takeProfit('tp', '1', '120')],
    );
    const decision = decided({ action: 'enter', wanted, againstLive: 'reverse' });
    expect(decision).toMatchObject({ reason: 'opened', warnings: [] });
    expect(lastOf(decision).size.toFixed()).toBe('0.5');
    expect(lastOf(decision).closeItems.map(({ ratio }) => ratio.toFixed())).toEqual(['1', '1']);
  });

  it('SA-45 wanted flat closes what is live', () => {
    expect(decided(desired('flat'), [opened(LONG)]).reason).toBe('closed');
  });

  it('SA-48 reduces by a share of what is left', () => {
    const first = decided(reduceBy('0.5'), [opened(LONG)]);
    const second = decided(reduceBy('0.5'), [lastOf(first)]);
    expect([first, second].map((decision) => [decision.reason, lastOf(decision).size.toFixed()])).toEqual([
      ['reduced', '0.5'],
      ['reduced', '0.25'],
    ]);
    expect(actionsOf(second)).toEqual([[{ kind: 'exit', ratio: decimal('0.5'), purpose: 'exit', items: [] }]]);
    expect(decided(reduceBy('1'), [lastOf(second)])).toMatchObject({ reason: 'closed' });
    expect(decided(reduceBy('0.5'), [lastOf(second)], { entryRefusal: 'halted' }).reason).toBe('reduced');
    for (const ratio of ['0', '1.5']) expect(decided(reduceBy(ratio), [opened(LONG)]).reason).toBe('rejected_schema');
  });

  it('reduces what rests, and nothing where there is nothing', () => {
    const resting = opened(wantedPosition('long', [entry('open', '1', null, { limit: '95' })]));
    expect(lastOf(decided(reduceBy('0.5'), [resting])).openItems[0]!.kept.toFixed()).toBe('0.5');
    const armed = opened(wantedPosition('long', [entry('open', '1', '<= 90')]));
    expect(decided(reduceBy('0.5'), [armed])).toMatchObject({ reason: 'ignored_already_in_state', changes: [] });
  });

  it('increases up to 1, counting what may still come', () => {
    const capped = decided(increaseBy('0.7'), [half()]);
    expect(capped).toMatchObject({
      reason: 'increased',
      warnings: ['size 0.7 was capped to 0.5, which makes the total 1'],
    });
    expect(lastOf(capped).size.toFixed()).toBe('1');
    expect(decided(increaseBy('0.1'), [lastOf(capped)])).toMatchObject({
      reason: 'ignored_already_in_state',
      changes: [],
    });
    const resting = opened(wantedPosition('long', [entry('open', '0.6', null, { limit: '95' })]));
    const beside = decided(increaseBy('0.7'), [resting]);
    expect(lastOf(beside).size.toFixed()).toBe('0.4');
    const room = decided(increaseBy('1'), [lastOf(decided(reduceBy('0.5'), [lastOf(capped)]))]);
    expect(lastOf(room).size.toFixed()).toBe('1');
    expect(decided({ ...increaseBy('0.1'), side: 'short' } as SignalIntent, [half()]).reason).toBe('rejected_side');
  });

  it('increases only where an entry may be made', () => {
    expect(decided(increaseBy('0.1'), [half()], { mid: null }).reason).toBe('rejected_no_price');
    expect(decided(increaseBy('0.1'), [half()], { entryRefusal: 'halted' }).reason).toBe('rejected_risk');
    expect(decided(increaseBy('0.1'), [half()], strategyWith({ isActive: false })).reason).toBe('rejected_disabled');
    expect(decided(increaseBy('1.1'), [half()]).reason).toBe('rejected_schema');
    const late: SignalIntent = {
      action: 'increase',
      side: null,
      item: entry('x', '0.1', null, { limit: '9', expiresAt: AT }),
    };
    expect(decided(late, [half()]).reason).toBe('expired');
  });

  it('turns to the side that is wanted', () => {
    expect(decided(reverse, [half()]).changes.map(({ position }) => position.side)).toEqual(['long', 'short']);
    expect(decided({ ...reverse, side: 'short' }, [half()]).reason).toBe('reversed');
    expect(decided({ ...reverse, side: 'long' }, [half()])).toMatchObject({
      reason: 'ignored_already_in_state',
      changes: [],
    });
    expect(decided(reverse, [half()], SPOT)).toMatchObject({ reason: 'rejected_side', changes: [] });
  });

  it.each<[string, Partial<SignalInput>, string]>([
    ['risk', { entryRefusal: 'halted' }, 'no short was opened, rejected_risk: halted'],
    ['no price', { mid: null }, 'no short was opened, rejected_no_price: no market price for BTC-USDT'],
  ])('only closes when %s lets no entry through', (_, more, warning) => {
    const decision = decided(reverse, [half()], more);
    expect(decision).toMatchObject({ reason: 'closed', warnings: [warning] });
    expect(kindsOf(decision)).toEqual([['exit_all']]);
  });

  it.each<[string, string, string, string, string[]]>([
    ['doubles', '2', '1', '1', ['enter']],
    ['grows', '3', '2', '0.75', ['enter']],
    ['shrinks', '1', '2', '0.25', ['exit']],
    ['is above 1 after it', '9', '2', '1', ['enter']],
  ])('follows the size of its sender that %s', (_, now, before, size, actions) => {
    const decision = decided(desired('long', { now, before }), [half()]);
    expect(lastOf(decision).size.toFixed()).toBe(size);
    expect(kindsOf(decision)).toEqual([actions]);
  });

  it('leaves the size alone when it is the same or not told', () => {
    for (const change of [null, { now: '2', before: '2' }, { now: '1', before: '0' }])
      expect(decided(desired('long', change), [half()]).reason).toBe('ignored_already_in_state');
  });
});
