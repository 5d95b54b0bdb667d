import type { ReactNode } from 'react';
import { Field, FieldMessages } from './field.js';
import { FLAGS, type Flag, type TicketForm, type TicketMessages } from './ticket-form.js';

const FLAG_LABELS: Readonly<Record<Flag, readonly [label: string, title: string]>> = {
  passive_only: ['Passive only', 'Never take: only post-only child orders'],
  active_limit: ['Rest at the mid', 'Passive child orders rest at the mid instead of the touch'],
  strict_duration: ['Strict end', 'Stop at the planned end even when something is left'],
  ool_pause: ['Pause out of limit', 'The clock stops while the market is beyond the limit price'],
};

interface Props {
  readonly form: TicketForm;
  readonly fields: TicketMessages['fields'];
  readonly isOpen: boolean;
  readonly onToggle: () => void;
  readonly onChange: (over: Partial<TicketForm>) => void;
}

/** What most tickets leave alone. */
export function TicketMore({ form, fields, isOpen, onToggle, onChange }: Props): ReactNode {
  return (
    <div className="more">
      <button type="button" className="more-button" aria-expanded={isOpen} onClick={onToggle}>
        {isOpen ? '▾' : '▸'} More
      </button>
      {isOpen && (
        <>
          <div className="checks flags" role="group" aria-label="Options">
            {FLAGS.map((flag) => {
              const [label, title] = FLAG_LABELS[flag];
              return (
                <div key={flag} data-field={flag} data-wrong={fields[flag] !== undefined}>
                  <label className="check" title={title}>
                    <input
                      type="checkbox"
                      checked={form.flags.includes(flag)}
                      onChange={(event) => {
                        const others = form.flags.filter((chosen) => chosen !== flag);
                        onChange({ flags: event.target.checked ? [...others, flag] : others });
                      }}
                    />
                    {label}
                  </label>
                  <FieldMessages messages={fields[flag]} />
                </div>
              );
            })}
          </div>
          <Field
            label="Largest child, in quote"
            name="max_clip_size"
            value={form.maxClip}
            messages={fields.maxClip}
            placeholder="none"
            onChange={(maxClip) => {
              onChange({ maxClip });
            }}
          />
          <Field
            label="Start, UTC"
            name="start_datetime"
            value={form.startAt}
            isNumber={false}
            messages={fields.startAt}
            placeholder="now, or 2026-03-02T10:15Z"
            onChange={(startAt) => {
              onChange({ startAt });
            }}
          />
          <Field
            label="Your own id"
            name="custom_order_id"
            value={form.customOrderId}
            isNumber={false}
            messages={fields.customOrderId}
            placeholder="none"
            onChange={(customOrderId) => {
              onChange({ customOrderId });
            }}
          />
          <Field
            label="Notes"
            name="notes"
            value={form.notes}
            isNumber={false}
            messages={fields.notes}
            onChange={(notes) => {
              onChange({ notes });
            }}
          />
        </>
      )}
    </div>
  );
}
