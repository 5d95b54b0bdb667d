import { useState, type ReactNode } from 'react';
import type { VenueKey, VenueKeys } from '../api/types.js';
import { useDesk } from '../session/desk-context.js';
import { Modal } from '../shell/modal.js';
import { problemText, revokeConsequence, revokeReach } from './account-words.js';

interface Props {
  readonly account: string;
  /** Of every venue of the account, its own first. */
  readonly venues: readonly VenueKeys[];
  /** The place in `venues` of the one whose key it is. */
  readonly place: number;
  readonly target: VenueKey;
  /** @param isRevoked whether it was */
  readonly onClose: (isRevoked: boolean) => void;
}

/** Says what revoking a key comes to, asks once more, and shows what the server says when it does not. */
export function RevokeDialog({ account, venues, place, target, onClose }: Props): ReactNode {
  const desk = useDesk();
  const shown = venues[place];
  const only = place === 0 ? null : (shown?.venue ?? null);
  const [message, setMessage] = useState<string | null>(null);
  const [isSending, setSending] = useState(false);

  const revoke = async (): Promise<void> => {
    setSending(true);
    try {
      await desk.client.revokeKey(account, target.version, only);
      onClose(true);
    } catch (error) {
      setMessage(problemText(error));
      setSending(false);
    }
  };

  return (
    <Modal
      titleId="revoke-title"
      onClose={() => {
        onClose(false);
      }}
    >
      <h2 id="revoke-title">
        Revoke key {target.version} of {account}
        {only === null ? '' : ` at ${only}`}?
      </h2>
      <p>{revokeConsequence(shown?.credentials ?? [], target)}</p>
      <p>{revokeReach(venues, only)}</p>
      <p className="hint">The venue itself is not told: delete the key there too.</p>
      <p className="field-error" role="alert">
        {message}
      </p>
      <div className="dialog-buttons">
        <button
          className="button"
          type="button"
          autoFocus
          onClick={() => {
            onClose(false);
          }}
        >
          Keep it
        </button>
        <button className="button danger" type="button" disabled={isSending} onClick={() => void revoke()}>
          {isSending ? 'Revoking' : 'Revoke key'}
        </button>
      </div>
    </Modal>
  );
}
