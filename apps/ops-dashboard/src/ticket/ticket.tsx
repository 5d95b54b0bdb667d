import { useEffect, useState, type SubmitEvent, type ReactNode } from 'react';
import { NONE, showExact } from '../format/number.js';
import { showClock, showSpan } from '../format/time.js';
import { useStore } from '../live/use-store.js';
import { useDesk } from '../session/desk-context.js';
import { Field, FieldMessages } from './field.js';
import { edited, isShut } from './gate.js';
import { MarketStrip, useTopOfBook } from './market-strip.js';
import { midOf } from './top-of-book.js';
import { EMPTY_TICKET, estimateOf, FIELDS_UNDER_MORE, instrumentOf, type TicketForm } from './ticket-form.js';
import { TicketMore } from './ticket-more.js';
import { useTicket } from './use-ticket.js';

const DURATIONS = ['1m', '5m', '15m', '30m', '1h', '4h'];

interface Props {
  /** It was opened by hand: typing goes here. */
  readonly hasFocus: boolean;
  readonly onClose: () => void;
}

/** Places a TWAP. Judges nothing itself: what is typed is sent, and what the server says is shown where it belongs. */
export function Ticket({ hasFocus, onClose }: Props): ReactNode {
  const desk = useDesk();
  const instruments = useStore(desk.instruments);
  const accounts = useStore(desk.accounts);
  const [form, setForm] = useState<TicketForm>(EMPTY_TICKET);
  const [isMore, setMore] = useState(false);
  const { messages, gate, hasUnanswered, place } = useTicket();
  const { fields } = messages;
  const instrument = instrumentOf(instruments, form.pair);
  const book = useTopOfBook(instrument);
  const estimate = estimateOf(form, midOf(book));
  const base = instrument?.base ?? 'base';
  const quote = instrument?.quote ?? 'quote';
  const [own, other] = form.unit === 'base' ? [base, quote] : [quote, base];
  const mustShowMore = isMore || FIELDS_UNDER_MORE.some((field) => fields[field] !== undefined);

  const set = (over: Partial<TicketForm>): void => {
    setForm((last) => edited(last, over));
  };

  // What there is to choose comes once; a choice that was made stays.
  useEffect(() => {
    const first = instruments[0]?.pair;
    if (first !== undefined) setForm((last) => (last.pair === '' ? { ...last, pair: first } : last));
  }, [instruments]);
  useEffect(() => {
    const first = (accounts.find(({ status }) => status === 'ready') ?? accounts[0])?.name;
    if (first !== undefined) setForm((last) => (last.accounts.length === 0 ? { ...last, accounts: [first] } : last));
  }, [accounts]);

  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    void place(form);
  };

  return (
    <aside className="ticket" aria-label="New order">
      <form onSubmit={submit} noValidate>
        <div className="ticket-head">
          <h2>TWAP</h2>
          <button className="close" type="button" onClick={onClose} aria-label="Close the ticket">
            ×
          </button>
        </div>
        <div className="ticket-top" role="alert" data-testid="ticket-top">
          {messages.top.map((text) => (
            <p key={text} className="field-error">
              {text}
            </p>
          ))}
          {hasUnanswered && (
            <p className="field-error">A ticket got no answer and may have been placed: look at your orders.</p>
          )}
        </div>
        <div className="sides" role="group" aria-label="Side" data-field="side">
          {(['buy', 'sell'] as const).map((side) => (
            <button
              key={side}
              type="button"
              className={`side ${side}`}
              aria-pressed={form.side === side}
              onClick={() => {
                set({ side });
              }}
            >
              {side === 'buy' ? 'Buy' : 'Sell'}
            </button>
          ))}
        </div>
        <FieldMessages messages={fields.side} />
        <MarketStrip book={book} instrument={instrument} />
        <Field
          label="Pair"
          name="pair"
          value={form.pair}
          isNumber={false}
          list="ticket-pairs"
          autoFocus={hasFocus}
          messages={fields.pair}
          hint={
            instrument === undefined
              ? ''
              : `lot ${showExact(instrument.lot)} · tick ${showExact(instrument.tick)} · min ${showExact(instrument.min_notional)} ${quote}`
          }
          onChange={(pair) => {
            set({ pair });
          }}
        />
        <datalist id="ticket-pairs">
          {instruments.map(({ pair, venue }) => (
            <option key={`${venue} ${pair}`} value={pair} />
          ))}
        </datalist>
        <Field
          label="Size"
          name="size"
          value={form.size}
          messages={fields.size}
          hint={
            estimate.counterpart === null ? '' : `≈ ${showExact(estimate.counterpart.toSignificantDigits(8))} ${other}`
          }
          unit={
            <div className="units" role="group" aria-label="Unit of the size">
              {(['base', 'quote'] as const).map((unit) => (
                <button
                  key={unit}
                  type="button"
                  aria-pressed={form.unit === unit}
                  onClick={() => {
                    set({ unit });
                  }}
                >
                  {unit === 'base' ? base : quote}
                </button>
              ))}
            </div>
          }
          onChange={(size) => {
            set({ size });
          }}
        />
        <Field
          label="Duration"
          name="duration"
          value={form.duration}
          messages={fields.duration}
          placeholder="90, 10m, 1h30m"
          hint={<DurationHint seconds={estimate.durationS} />}
          unit={
            <div className="units" role="group" aria-label="Usual durations">
              {DURATIONS.map((duration) => (
                <button
                  key={duration}
                  type="button"
                  aria-pressed={form.duration === duration}
                  onClick={() => {
                    set({ duration });
                  }}
                >
                  {duration}
                </button>
              ))}
            </div>
          }
          onChange={(duration) => {
            set({ duration });
          }}
        />
        <Field
          label="Limit price"
          name="limit_price"
          value={form.limitPrice}
          messages={fields.limitPrice}
          placeholder="none"
          unit={<span className="field-unit">{quote}</span>}
          onChange={(limitPrice) => {
            set({ limitPrice });
          }}
        />
        <div className="field-pair">
          <Field
            label="Discretion"
            name="schedule_discretion"
            value={form.discretion}
            messages={fields.discretion}
            placeholder="0.08"
            onChange={(discretion) => {
              set({ discretion });
            }}
          />
          <Field
            label="Passiveness"
            name="engine_passiveness"
            value={form.passiveness}
            messages={fields.passiveness}
            placeholder="0.02"
            onChange={(passiveness) => {
              set({ passiveness });
            }}
          />
        </div>
        <fieldset className="field" data-field="accounts" data-wrong={fields.accounts !== undefined}>
          <legend>Accounts</legend>
          <div className="checks">
            {accounts.map(({ name, status }) => (
              <label key={name} className="check">
                <input
                  type="checkbox"
                  checked={form.accounts.includes(name)}
                  onChange={(event) => {
                    set({
                      accounts: event.target.checked
                        ? [...form.accounts, name]
                        : form.accounts.filter((chosen) => chosen !== name),
                    });
                  }}
                />
                {name}
                {status !== 'ready' && <span className="warn"> {status?.replaceAll('_', ' ')}</span>}
              </label>
            ))}
          </div>
          <FieldMessages messages={fields.accounts} />
        </fieldset>
        <TicketMore
          form={form}
          fields={fields}
          isOpen={mustShowMore}
          onToggle={() => {
            setMore(!mustShowMore);
          }}
          onChange={set}
        />
        <p className="estimate num" aria-live="off">
          {estimate.perMinute === null ? NONE : `${showExact(estimate.perMinute.toSignificantDigits(6))} ${own}`} per
          minute
        </p>
        <button className={`button place ${form.side}`} type="submit" disabled={isShut(gate, form)}>
          {gate.isSending
            ? 'Placing'
            : gate.placed === form
              ? 'Placed. Change it to place another'
              : `${form.side === 'buy' ? 'Buy' : 'Sell'} ${form.size || ''} ${form.size === '' ? '' : own} ${form.pair === '' ? '' : `· ${form.pair}`}`}
        </button>
      </form>
    </aside>
  );
}

/** Ticks, so that the rest of the form need not. */
function DurationHint({ seconds }: { readonly seconds: number | null }): ReactNode {
  const now = useStore(useDesk().now);
  return seconds === null
    ? null
    : `${showSpan(seconds * 1000)}, until ${showClock(now + seconds * 1000)} UTC if it starts now`;
}
