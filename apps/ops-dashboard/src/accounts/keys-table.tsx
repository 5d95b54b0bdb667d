import { useState, type ReactNode } from 'react';
import type { VenueKey } from '../api/types.js';
import { NONE } from '../format/number.js';
import { Since } from './since.js';
import { keyState, permissionsText, warningText } from './account-words.js';
import { RevokeDialog } from './revoke-dialog.js';

interface Props {
  readonly account: string;
  readonly keys: readonly VenueKey[];
  readonly onChange: () => void;
}

/** Every key that the account had, newest first, with what to beware of. */
export function KeysTable({ account, keys, onChange }: Props): ReactNode {
  const [toRevoke, setToRevoke] = useState<VenueKey | null>(null);
  const newestFirst = [...keys].sort((a, b) => b.version - a.version);
  return (
    <>
      <table className="grid small">
        <thead>
          <tr>
            <th scope="col">Key</th>
            <th scope="col">State</th>
            <th scope="col">What it may do</th>
            <th scope="col">Instruments</th>
            <th scope="col">Since</th>
            <th scope="col">Revoked</th>
            <th scope="col">
              <span className="visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {newestFirst.map((key) => {
            const state = keyState(keys, key);
            return (
              <tr key={key.version} data-key={key.version} data-state={state}>
                <td className="num">
                  {key.version} <span className="unit">{key.key_hint === '' ? '' : `…${key.key_hint}`}</span>
                </td>
                <td className={state === 'in use' ? 'good' : 'unit'}>{state}</td>
                <td className="wraps">
                  {permissionsText(key)}
                  {state !== 'revoked' &&
                    key.warnings.map((warning) => (
                      <p key={warning} className="warn">
                        {warningText(warning)}
                      </p>
                    ))}
                </td>
                <td className="wraps">{key.instruments === null ? 'all' : key.instruments.join(', ')}</td>
                <td className="num">
                  <Since at={key.created_at} />
                </td>
                <td className="num">{key.revoked_at === null ? NONE : <Since at={key.revoked_at} />}</td>
                <td className="right">
                  {state !== 'revoked' && (
                    <button
                      className="button small"
                      type="button"
                      aria-label={`Revoke key ${key.version}`}
                      onClick={() => {
                        setToRevoke(key);
                      }}
                    >
                      Revoke
                    </button>
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {keys.length === 0 && <p className="empty">No key yet: nothing can be sent for this account.</p>}
      {toRevoke !== null && (
        <RevokeDialog
          account={account}
          keys={keys}
          target={toRevoke}
          onClose={(isRevoked) => {
            setToRevoke(null);
            if (isRevoked) onChange();
          }}
        />
      )}
    </>
  );
}
