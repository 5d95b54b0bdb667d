import { useEffect, useRef, useState, type ReactNode, type SubmitEvent } from 'react';
import { useDesk } from '../session/desk-context.js';
import { Field } from '../ticket/field.js';
import {
  acceptedTexts,
  enterKey,
  keyPartsOf,
  keyRequest,
  NO_MESSAGES,
  type FormMessages,
  type KeyOutcome,
} from './key-entry.js';
import { SecretField } from './secret-field.js';

const LOOK_EVERY_MS = 1_000;

interface Props {
  readonly account: string;
  readonly venue: string;
  /** Called when the keys of the account may have changed. */
  readonly onChange: () => void;
}

/** Takes a venue key in. The fields are emptied when it is sent, whatever comes of it. */
export function KeyForm({ account, venue, onChange }: Props): ReactNode {
  const desk = useDesk();
  const parts = keyPartsOf(venue);
  const [instruments, setInstruments] = useState('');
  const [isSending, setSending] = useState(false);
  const [messages, setMessages] = useState<FormMessages>(NO_MESSAGES);
  const [note, setNote] = useState('');
  const isShown = useRef(true);
  useEffect(() => {
    isShown.current = true;
    return () => {
      isShown.current = false;
    };
  }, []);

  const wait = async (): Promise<boolean> => {
    setNote('The gateway asks the venue what the key may do.');
    await new Promise((resolve) => window.setTimeout(resolve, LOOK_EVERY_MS));
    return isShown.current;
  };

  const show = (outcome: KeyOutcome): void => {
    setSending(false);
    const accepted = outcome.kind === 'accepted' ? acceptedTexts(outcome.refused) : null;
    setMessages(outcome.kind === 'refused' ? outcome.messages : (accepted?.messages ?? NO_MESSAGES));
    if (outcome.kind === 'refused') setNote('');
    else setNote(accepted?.note ?? 'No verdict yet: the key will be listed if it is taken.');
    if (accepted !== null) setInstruments('');
    onChange();
  };

  const submit = (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    if (isSending) return;
    const request = takeRequest(event.currentTarget, instruments);
    setSending(true);
    setMessages(NO_MESSAGES);
    setNote('');
    void enterKey(desk.client, account, request, wait).then(show);
  };

  return (
    <section className="panel key-form" aria-label="Enter a key">
      <h2>Enter a key</h2>
      <form onSubmit={submit} noValidate autoComplete="off">
        <p className="hint">
          Make it at the venue for trading only, bound to your addresses. A key that can withdraw is refused. It
          replaces the key in use, and nothing of it but its last characters is ever shown again.
        </p>
        <SecretField label={parts.apiKey} name="api_key" messages={messages.fields['api_key']} />
        <SecretField label={parts.apiSecret} name="api_secret" messages={messages.fields['api_secret']} />
        {parts.passphrase !== null && (
          <SecretField label={parts.passphrase} name="passphrase" messages={messages.fields['passphrase']} />
        )}
        <Field
          label="Instruments, as the venue names them"
          name="instruments"
          value={instruments}
          isNumber={false}
          placeholder="all, or BTCUSDT, ETHUSDT"
          messages={messages.fields['instruments']}
          onChange={setInstruments}
        />
        <div className="form-top" role="alert" data-testid="key-top">
          {messages.top.map((text) => (
            <p key={text} className="field-error">
              {text}
            </p>
          ))}
        </div>
        <p className="form-note" role="status" data-testid="key-note">
          {note}
        </p>
        <button className="button primary" type="submit" disabled={isSending}>
          {isSending ? 'Checking the key' : 'Enter key'}
        </button>
      </form>
    </section>
  );
}

/** Reads the fields and empties them in the same breath. */
function takeRequest(form: HTMLFormElement, instruments: string): string {
  const take = (name: string): string | null => {
    const input = form.elements.namedItem(name);
    if (!(input instanceof HTMLInputElement)) return null;
    const { value } = input;
    input.value = '';
    return value;
  };
  return keyRequest({
    apiKey: take('api_key') ?? '',
    apiSecret: take('api_secret') ?? '',
    passphrase: take('passphrase'),
    instruments,
  });
}
