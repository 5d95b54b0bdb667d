import { useState, type ReactNode } from 'react';
import type { VenueKey, VenueKeys } from '../api/types.js';
import { NONE } from '../format/number.js';
import { Since } from './since.js';
import { keyState, noKeyText, permissionsText, warningText } from './account-words.js';
import { RevokeDialog } from './revoke-dialog.js';

interface Props {
  readonly account: string;
  /** Of every venue of the account, its own first. */
  readonly venues: readonly VenueKeys[];
  readonly onChange: () => void;
}

/** Every key that the account had, venue by venue and newest first, with what to beware of. */
export function KeysTable({ account, venues, onChange }: Props): ReactNode {
  const [toRevoke, setToRevoke] = useState<{ readonly place: number; readonly key: VenueKey } | null>(null);
  return (
    <>
      {venues.map(({ venue, credentials }, place) => (
        <div key={venue} data-keys-of={venue}>
          {venues.length > 1 && <h3 className="keys-venue">{venue}</h3>}
          <KeysOfVenue
            venue={venues.length > 1 ? venue : null}
            keys={credentials}
            onRevoke={(key) => {
              setToRevoke({ place, key });
            }}
          />
        </div>
      ))}
      {toRevoke !== null && (
        <RevokeDialog
          account={account}
          venues={venues}
          place={toRevoke.place}
          target={toRevoke.key}
          onClose={(isRevoked) => {
            setToRevoke(null);
            if (isRevoked) onChange();
          }}
        />
      )}
    </>
  );
}

interface OfVenueProps {
  /** Null: the only one of the account. */
  readonly venue: string | null;
  readonly keys: readonly VenueKey[];
  readonly onRevoke: (key: VenueKey) => void;
}

function KeysOfVenue({ venue, keys, onRevoke }: OfVenueProps): ReactNode {
  const newestFirst = [...keys].sort((a, b) => b.version - a.version);
  if (keys.length === 0) return <p className="empty">{noKeyText(venue)}</p>;
  return (
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
                    aria-label={`Revoke key ${key.version}${venue === null ? '' : ` at ${venue}`}`}
                    onClick={() => {
                      onRevoke(key);
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
  );
}
