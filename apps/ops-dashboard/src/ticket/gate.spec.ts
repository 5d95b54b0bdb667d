import { describe, expect, it } from '@jest/globals';
import { edited, isShut, OPEN_GATE } from './gate.js';
import { EMPTY_TICKET } from './ticket-form.js';

const form = { ...EMPTY_TICKET, size: '1' };

describe('the gate before an order', () => {
  it('is shut while a ticket is sent and right after it was placed, whatever the form', () => {
    expect(isShut(OPEN_GATE, form)).toBe(false);
    expect(isShut({ ...OPEN_GATE, isSending: true }, form)).toBe(true);
    expect(isShut({ ...OPEN_GATE, placed: EMPTY_TICKET, isFresh: true }, form)).toBe(true);
  });

  it('stays shut for what was placed until it is edited, also back to the same', () => {
    const gate = { ...OPEN_GATE, placed: form };
    expect(isShut(gate, form)).toBe(true);
    const other = edited(form, { size: '2' });
    expect(isShut(gate, other)).toBe(false);
    expect(isShut(gate, edited(other, { size: '1' }))).toBe(false);
  });

  it('takes no press that changes nothing for an edit', () => {
    expect(edited(form, { side: 'buy' })).toBe(form);
    expect(edited(form, { size: '1', unit: 'base' })).toBe(form);
    expect(edited(form, { side: 'sell' })).toEqual({ ...form, side: 'sell' });
  });
});
