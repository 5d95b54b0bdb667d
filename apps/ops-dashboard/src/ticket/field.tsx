import { useId, type ReactNode } from 'react';

interface Props {
  readonly label: string;
  readonly name: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly messages: readonly string[] | undefined;
  readonly placeholder?: string;
  readonly unit?: ReactNode;
  readonly hint?: ReactNode;
  readonly list?: string;
  readonly autoFocus?: boolean;
  readonly isNumber?: boolean;
}

/** A labelled text field with the server's messages below it. The room for one line of them is kept free. */
export function Field(props: Props): ReactNode {
  const {
    label,
    name,
    value,
    onChange,
    messages,
    placeholder,
    unit,
    hint,
    list,
    autoFocus = false,
    isNumber = true,
  } = props;
  const id = useId();
  const isWrong = messages !== undefined && messages.length > 0;
  return (
    <div className="field" data-field={name} data-wrong={isWrong}>
      <label htmlFor={id}>{label}</label>
      <div className="field-row">
        <input
          id={id}
          name={name}
          className={isNumber ? 'num right' : ''}
          type="text"
          inputMode={isNumber ? 'decimal' : 'text'}
          autoComplete="off"
          spellCheck={false}
          autoFocus={autoFocus}
          value={value}
          placeholder={placeholder}
          list={list}
          aria-invalid={isWrong}
          aria-describedby={`${id}-messages`}
          onChange={(event) => {
            onChange(event.target.value);
          }}
        />
        {unit}
      </div>
      <FieldMessages id={`${id}-messages`} messages={messages} hint={hint} />
    </div>
  );
}

interface MessagesProps {
  readonly id?: string;
  readonly messages: readonly string[] | undefined;
  readonly hint?: ReactNode;
}

/** Read out when they come. */
export function FieldMessages({ id, messages = [], hint }: MessagesProps): ReactNode {
  return (
    <div id={id} className="field-messages">
      <span role="alert">
        {messages.map((text) => (
          <span key={text} className="field-error">
            {text}
          </span>
        ))}
      </span>
      {messages.length === 0 && hint !== undefined && <span className="hint num">{hint}</span>}
    </div>
  );
}
