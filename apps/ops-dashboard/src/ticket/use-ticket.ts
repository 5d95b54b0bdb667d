import { useRef, useState } from 'react';
import { ApiFailure } from '../api/api-client.js';
import { goTo, orderPath } from '../router.js';
import { useDesk } from '../session/desk-context.js';
import { isOtherOpen, randomKey, readSubmission, refused, submissionOf, type Submission } from './submission.js';
import { messagesOf, NO_MESSAGES, requestOf, type TicketForm, type TicketMessages } from './ticket-form.js';

const OPEN_KEY = 'tranche.submission';
const UNKNOWN = 'It is not known whether the order was placed. Place it again: the same ticket is never placed twice.';

export interface TicketActions {
  readonly messages: TicketMessages;
  readonly isSending: boolean;
  /** A former ticket may have been placed: shown until that is known. */
  readonly hasOtherOpen: boolean;
  readonly place: (form: TicketForm) => Promise<void>;
}

/** Sends a ticket so that it is placed once, however often it is sent, and keeps what the server says about it. */
export function useTicket(): TicketActions {
  const desk = useDesk();
  const [messages, setMessages] = useState(NO_MESSAGES);
  const [isSending, setSending] = useState(false);
  const [hasOtherOpen, setOtherOpen] = useState(false);
  // Two clicks may come before the first is rendered.
  const isBusy = useRef(false);
  const last = useRef<Submission | null>(readSubmission(sessionStorage.getItem(OPEN_KEY)));

  const remember = (submission: Submission | null): void => {
    last.current = submission;
    if (submission === null) sessionStorage.removeItem(OPEN_KEY);
    else sessionStorage.setItem(OPEN_KEY, JSON.stringify(submission));
  };

  const place = async (form: TicketForm): Promise<void> => {
    if (isBusy.current) return;
    isBusy.current = true;
    setSending(true);
    const request = requestOf(form);
    setOtherOpen(isOtherOpen(last.current, request));
    const submission = submissionOf(last.current, request, randomKey);
    remember(submission);
    try {
      const order = await desk.client.place(submission.request, submission.key);
      remember(null);
      setMessages(NO_MESSAGES);
      goTo(orderPath(order.id));
    } catch (error) {
      const isUnknown = !(error instanceof ApiFailure) || (error.isOutage && error.code !== 'no_market_data');
      if (!isUnknown) remember(refused(submission));
      setMessages(
        error instanceof ApiFailure
          ? messagesOf(isUnknown ? `${error.message}. ${UNKNOWN}` : error.message, error.errors)
          : { fields: {}, top: [`${error instanceof Error ? error.message : String(error)} ${UNKNOWN}`] },
      );
    } finally {
      isBusy.current = false;
      setSending(false);
    }
  };
  return { messages, isSending, hasOtherOpen, place };
}
