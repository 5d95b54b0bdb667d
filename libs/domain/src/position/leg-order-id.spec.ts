import { expect, it } from '@jest/globals';
import {
  AT,
  decided,
  entry,
  opened,
  stopLoss,
  takeProfit,
  walkPath,
  wantedPosition,
} from '../../../../test/support/signal-positions.js';
import { epochMs } from '../time/clock.js';
import type { LegId } from './contract.js';
import { causeOf, deriveParentOrderId, legEventOf } from './leg-order-id.js';

const LEG = 'leg-1' as LegId;
const SIGNAL = { id: 'signal-1', at: AT };

it('derives a UUID version 7 of the time of its cause', () => {
  const id = deriveParentOrderId({ id: 'signal-1', at: epochMs(0x0195c7a28b0e) }, LEG, 0);
  expect(id).toMatch(/^0195c7a2-8b0e-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

it('is the same for the same cause, leg and attempt, and another for any other', () => {
  const ids = [
    deriveParentOrderId(SIGNAL, LEG, 0),
    deriveParentOrderId(SIGNAL, LEG, 1),
    deriveParentOrderId(SIGNAL, 'leg-2' as LegId, 0),
    deriveParentOrderId({ ...SIGNAL, id: 'signal-2' }, LEG, 0),
    deriveParentOrderId({ id: 'signal', at: AT }, '-1leg-1' as LegId, 0),
  ];
  expect(new Set(ids).size).toBe(ids.length);
  expect(deriveParentOrderId(SIGNAL, LEG, 0)).toBe(ids[0]);
});

it('takes the item that fired for the cause, at the time of its fire, else what was asked', () => {
  const wanted = wantedPosition(
    'long',
    [entry('in-1', '0.5'), entry('in-2', '0.5', '<= 95')],
    [stopLoss('x', '0.5', '95'), takeProfit('x', '1', '120')],
  );
  const [step] = walkPath(opened(wanted), ['100', '95']);
  const causes = step!.actions.map((action) => causeOf(step!.position, action, SIGNAL));
  expect(causes).toEqual([
    { id: 'position-31/stop_loss/x', at: AT + 1_000 },
    { id: 'position-31/open/in-2', at: AT + 1_000 },
  ]);
  const close = decided({ action: 'close', side: null }, [step!.position]).changes[0]!;
  expect(causeOf(close.position, close.actions[0]!, SIGNAL)).toBe(SIGNAL);
});

it('tells a leg what an action is to it, and leaves entries to be sized', () => {
  const position = opened(wantedPosition('long', [entry('in', '1')], [stopLoss('sl', '0.5', '95')]));
  const [step] = walkPath(position, ['100', '95']);
  const events = step!.actions.map((action) => legEventOf(step!.position, action, SIGNAL));
  expect(events).toMatchObject([{ kind: 'exit', purpose: 'stop', cause: { id: 'position-31/stop_loss/sl' } }]);
  const [entering] = decided({ action: 'open', wanted: wantedPosition('long', [entry('in', '1')]) }).changes;
  expect(legEventOf(entering!.position, entering!.actions[0]!, SIGNAL)).toBeNull();
  const cancel = { kind: 'cancel_entries', items: ['in'] } as const;
  expect(legEventOf(position, cancel, SIGNAL)).toBe(cancel);
});
