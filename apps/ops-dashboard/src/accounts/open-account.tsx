import { useCallback, useId, useState, type ReactNode, type SubmitEvent } from 'react';
import { useDesk } from '../session/desk-context.js';
import { Modal } from '../shell/modal.js';
import { Field, FieldMessages } from '../ticket/field.js';
import { messagesOf, NO_MESSAGES } from './key-entry.js';
import { useReading } from './use-reading.js';

const FIELDS = ['name', 'venue'];
/** What an installation reaches changes with its configuration only. */
const VENUES_EVERY_MS = 60_000;

interface Props {
  readonly onClose: () => void;
  readonly onOpened: (name: string) => void;
}

/** Names an account at a venue, beside what that venue cannot promise. Its key comes after. */
export function OpenAccount({ onClose, onOpened }: Props): ReactNode {
  const { client } = useDesk();
  const venues = useReading(
    useCallback(() => client.venues(), [client]),
    VENUES_EVERY_MS,
  );
  const [name, setName] = useState('');
  const [chosen, setChosen] = useState<string | null>(null);
  const [messages, setMessages] = useState(NO_MESSAGES);
  const [isSending, setSending] = useState(false);
  const venueId = useId();
  const venue = venues.value?.find(({ id }) => id === chosen) ?? venues.value?.[0];
  const top = venues.problem === null ? messages.top : [...messages.top, venues.problem];

  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (isSending) return;
    setSending(true);
    try {
      await client.openAccount({ name: name.trim(), venue: venue?.id ?? '' });
      onOpened(name.trim());
    } catch (error) {
      setMessages(messagesOf(error, FIELDS));
      setSending(false);
    }
  };

  return (
    <Modal titleId="open-title" onClose={onClose}>
      <form className="open-account" noValidate onSubmit={(event) => void submit(event)}>
        <h2 id="open-title">Open an account</h2>
        <Field
          label="Name, as your orders will call it"
          name="name"
          value={name}
          isNumber={false}
          autoFocus
          messages={messages.fields['name']}
          onChange={setName}
        />
        <div className="field" data-field="venue">
          <label htmlFor={venueId}>Venue</label>
          <select
            id={venueId}
            value={venue?.id ?? ''}
            onChange={(event) => {
              setChosen(event.target.value);
            }}
          >
            {(venues.value ?? []).map(({ id, exchange, product }) => (
              <option key={id} value={id}>
                {id} · {exchange}, {product === 'spot' ? 'spot' : 'futures'}
              </option>
            ))}
          </select>
          <FieldMessages messages={messages.fields['venue']} />
        </div>
        {venue !== undefined && venue.cannot_promise.length > 0 && (
          <div className="promises" data-testid="promises">
            <p>What {venue.id} cannot promise</p>
            <ul>
              {venue.cannot_promise.map((sentence) => (
                <li key={sentence}>{sentence}</li>
              ))}
            </ul>
          </div>
        )}
        <div className="form-top" role="alert">
          {top.map((text) => (
            <p key={text} className="field-error">
              {text}
            </p>
          ))}
        </div>
        <div className="dialog-buttons">
          <button className="button" type="button" onClick={onClose}>
            Not now
          </button>
          <button className="button primary" type="submit" disabled={isSending || venue === undefined}>
            {isSending ? 'Opening' : 'Open account'}
          </button>
        </div>
      </form>
    </Modal>
  );
}
