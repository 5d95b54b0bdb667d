import type { TicketForm } from './ticket-form.js';

/** What stands between a press of the button and an order. */
export interface Gate {
  readonly isSending: boolean;
  /** The form that was placed last, itself: an edit makes another, even one of the same content. */
  readonly placed: TicketForm | null;
  /** It was placed just now: the second press of a double-click may still come. */
  readonly isFresh: boolean;
}

export const OPEN_GATE: Gate = { isSending: false, placed: null, isFresh: false };

/** How long after an order no press counts, in ms: longer than the slowest double-click. */
export const FRESH_MS = 1_000;

/** Whether a press must not place this form: another order takes a deliberate change of it. */
export function isShut(gate: Gate, form: TicketForm): boolean {
  return gate.isSending || gate.isFresh || gate.placed === form;
}

/** The form after an edit; the same form when nothing in it changed. */
export function edited(form: TicketForm, over: Partial<TicketForm>): TicketForm {
  const next = { ...form, ...over };
  return (Object.keys(over) as (keyof TicketForm)[]).some((field) => form[field] !== next[field]) ? next : form;
}
