import { useId, type ClipboardEvent, type ReactNode } from 'react';
import { FieldMessages } from '../ticket/field.js';
import { onOneLine } from './key-entry.js';

interface Props {
  readonly label: string;
  readonly name: string;
  readonly messages: readonly string[] | undefined;
}

/** A field whose content only the browser holds: it is read once, when the form is sent. */
export function SecretField({ label, name, messages }: Props): ReactNode {
  const id = useId();
  const isWrong = messages !== undefined && messages.length > 0;
  return (
    <div className="field" data-field={name} data-wrong={isWrong}>
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        name={name}
        type="password"
        autoComplete="off"
        data-1p-ignore="true"
        data-lpignore="true"
        spellCheck={false}
        aria-invalid={isWrong}
        aria-describedby={`${id}-messages`}
        onPaste={keepLineEnds}
      />
      <FieldMessages id={`${id}-messages`} messages={messages} />
    </div>
  );
}

function keepLineEnds(event: ClipboardEvent<HTMLInputElement>): void {
  const pasted = event.clipboardData.getData('text');
  if (!pasted.trim().includes('\n')) return;
  event.preventDefault();
  event.currentTarget.setRangeText(onOneLine(pasted), 0, event.currentTarget.value.length, 'end');
}
