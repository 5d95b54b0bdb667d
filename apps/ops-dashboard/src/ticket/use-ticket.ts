import { useRef, useState } from 'react';
import { ApiFailure } from '../api/api-client.js';
import { useStore } from '../live/use-store.js';
import { goTo, orderPath } from '../router.js';
import { useDesk } from '../session/desk-context.js';
import { FRESH_MS, isShut, OPEN_GATE, type Gate } from './gate.js';
import { SubmissionLog } from './submission-log.js';
import { hasUnanswered, outcomeOf, type Submission } from './submission.js';
import { messagesOf, NO_MESSAGES, requestOf, type TicketForm, type TicketMessages } from './ticket-form.js';

const UNKNOWN =
  'It is not known whether the order was placed. Place it again unchanged: the same ticket is not placed twice.';
const NOT_KEPT = 'Not sent: this browser cannot keep the ticket, and without that it might be placed twice.';

const log = new SubmissionLog(sessionStorage);

export interface TicketActions {
  readonly messages: TicketMessages;
  readonly gate: Gate;
  /** A ticket may have been placed: shown until that is known. */
  readonly hasUnanswered: boolean;
  readonly place: (form: TicketForm) => Promise<void>;
}

/** Sends a ticket so that it is placed once, however often it is sent, and keeps what the server says about it. */
export function useTicket(): TicketActions {
  const desk = useDesk();
  const [messages, setMessages] = useState(NO_MESSAGES);
  const [gate, setGate] = useState(OPEN_GATE);
  // A press may come before the last change is rendered.
  const current = useRef(OPEN_GATE);

  const move = (change: Partial<Gate>): void => {
    current.current = { ...current.current, ...change };
    setGate(current.current);
  };

  const send = async (form: TicketForm, submission: Submission): Promise<void> => {
    try {
      const order = await desk.client.place(submission.request, submission.key);
      move({ placed: form, isFresh: true });
      setTimeout(() => {
        move({ isFresh: false });
      }, FRESH_MS);
      log.settle(submission, 'placed');
      setMessages(NO_MESSAGES);
      goTo(orderPath(order.id));
    } catch (error) {
      const outcome = outcomeOf(error);
      log.settle(submission, outcome);
      const text = error instanceof Error ? error.message : String(error);
      const errors = error instanceof ApiFailure ? error.errors : {};
      setMessages(messagesOf(outcome === 'unknown' ? `${text.replace(/\.$/, '')}. ${UNKNOWN}` : text, errors));
    }
  };

  const place = async (form: TicketForm): Promise<void> => {
    if (isShut(current.current, form)) return;
    let submission: Submission;
    try {
      submission = log.begin(requestOf(form));
    } catch {
      setMessages(messagesOf(NOT_KEPT, {}));
      return;
    }
    move({ isSending: true });
    try {
      await send(form, submission);
    } finally {
      move({ isSending: false });
    }
  };
  return { messages, gate, hasUnanswered: hasUnanswered(useStore(log.open)), place };
}
