import { describe, expect, it } from '@jest/globals';
import {
  AT,
  entry,
  opened,
  stopLoss,
  tick,
  walkPath,
  wantedPosition,
} from '../../../../test/support/signal-positions.js';
import { addMs, epochMs } from '../time/clock.js';
import type { Position } from './contract.js';
import { evaluatePrice } from './evaluate-price.js';
import { expirePosition, nextExpiry } from './expire-position.js';

const SOON = addMs(AT, 60_000);
const DAY_MS = 24 * 60 * 60_000;
const PAPER = { subscriptions: 0 };

const states = ({ openItems }: Position): string[] => openItems.map(({ state }) => state);

describe('expirePosition', () => {
  it('SA-24 cancels an armed position whose entries come too late', () => {
    const armed = opened(wantedPosition('long', [entry('in', '1', '<= 90')], [], { actionExpiresAt: SOON }));
    expect(nextExpiry(armed)).toBe(SOON);
    expect(expirePosition(armed, epochMs(SOON - 1)).position).toBe(armed);
    const { position, actions } = expirePosition(armed, SOON);
    expect(position).toMatchObject({ state: 'cancelled', endReason: 'entry_expired', closedAt: SOON });
    expect(actions).toEqual([]);
    expect(nextExpiry(position)).toBeNull();
    expect(expirePosition(position, addMs(SOON, DAY_MS)).position).toBe(position);
  });

  it('expires what is armed of a position that is open, and leaves its closes', () => {
    const wanted = wantedPosition(
      'long',
      [entry('in-1', '0.5'), entry('in-2', '0.5', '<= 95')],
      [stopLoss('sl', '1', '90')],
      {
        actionExpiresAt: SOON,
      },
    );
    const { position } = expirePosition(opened(wanted), SOON);
    expect(states(position)).toEqual(['fired', 'expired']);
    expect(position.state).toBe('opening');
    expect(nextExpiry(position)).toBeNull();
    expect(evaluatePrice(position, tick('100', '90')).fired).toEqual([{ list: 'stop_loss', key: 'sl' }]);
  });

  it('SA-23 cancels limit orders that rest at their expiry, each at its own', () => {
    const wanted = wantedPosition(
      'long',
      [
        entry('in-1', '0.5', null, { limit: '95' }),
        entry('in-2', '0.5', '<= 99', { limit: '94', expiresAt: SOON + 5_000 }),
      ],
      [],
      { orderExpiresAt: SOON },
    );
    const [step] = walkPath(opened(wanted), ['100', '99']);
    expect(step!.actions).toMatchObject([{ kind: 'enter', item: 'in-2', expiresAt: SOON + 5_000 }]);
    expect(nextExpiry(step!.position)).toBe(SOON);
    const first = expirePosition(step!.position, SOON);
    expect(first.actions).toEqual([{ kind: 'cancel_entries', items: ['in-1'] }]);
    expect(states(first.position)).toEqual(['expired', 'placed']);
    expect(nextExpiry(first.position)).toBe(SOON + 5_000);
    const second = expirePosition(first.position, addMs(SOON, 5_000));
    expect(second.actions).toEqual([{ kind: 'cancel_entries', items: ['in-2'] }]);
    expect(second.position.state).toBe('opening'); // its legs say whether anything was filled
  });

  it('ends a paper position whose only order expired unfilled, without actions', () => {
    const wanted = wantedPosition('long', [entry('in', '1', null, { limit: '95' })], [], { orderExpiresAt: SOON });
    const { position, actions } = expirePosition(opened(wanted, PAPER), SOON);
    expect(position).toMatchObject({ state: 'cancelled', endReason: 'entry_expired' });
    expect(actions).toEqual([]);
    const held = walkPath(opened(wanted, PAPER), ['100', '95'], PAPER)[0]!.position;
    expect(expirePosition(held, SOON).position).toBe(held);
  });

  it('a late limit order of a paper position ends it with its fire', () => {
    const wanted = wantedPosition('long', [entry('in', '1', '<= 96', { limit: '95' })], [], {
      orderExpiresAt: addMs(AT, 500),
    });
    const [step] = walkPath(opened(wanted, PAPER), ['100', '96'], PAPER);
    expect(step!.position).toMatchObject({ state: 'cancelled', endReason: 'entry_expired' });
  });

  it('ends a position that stays at size 0 without an entry left, at its entry expiry or after a day', () => {
    const starter = [entry('in-1', '0'), entry('in-2', '1', '<= 90')];
    const expiring = opened(wantedPosition('long', starter, [], { actionExpiresAt: SOON }));
    expect(expirePosition(expiring, SOON).position).toMatchObject({
      ...{ state: 'cancelled', endReason: 'no_entry_left', closedAt: SOON },
    });
    const alone = opened(wantedPosition('long', starter.slice(0, 1)));
    expect(nextExpiry(alone)).toBe(AT + DAY_MS);
    expect(expirePosition(alone, epochMs(AT + DAY_MS - 1)).position).toBe(alone);
    expect(expirePosition(alone, addMs(AT, DAY_MS)).position).toMatchObject({ endReason: 'no_entry_left' });
    expect(nextExpiry(opened(wantedPosition('long', starter)))).toBeNull();
  });

  it('lets a position be that holds something', () => {
    const open: Position = { ...opened(wantedPosition('long', [entry('in', '1')])), state: 'open', openedAt: AT };
    expect(nextExpiry(open)).toBeNull();
    expect(expirePosition(open, addMs(AT, DAY_MS)).position).toBe(open);
  });
});
