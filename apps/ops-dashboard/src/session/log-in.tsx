import { useState, type SubmitEvent, type ReactNode } from 'react';
import { ApiClient } from '../api/api-client.js';

interface Props {
  /** Why the last session ended, if it did not end by choice. */
  readonly notice: string | null;
  readonly onLogIn: (token: string) => void;
}

/** Asks for a token and lets in whom the API lets in. */
export function LogIn({ notice, onLogIn }: Props): ReactNode {
  const [token, setToken] = useState('');
  const [message, setMessage] = useState(notice);
  const [isChecking, setChecking] = useState(false);

  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const trimmed = token.trim();
    if (isChecking) return;
    setChecking(true);
    const client = new ApiClient({ token: trimmed, fetch: (url, init) => fetch(url, init) });
    try {
      await client.orders({ pageSize: 1 });
      onLogIn(trimmed);
    } catch (error) {
      setMessage(error instanceof Error ? error.message : String(error));
      setChecking(false);
    }
  };

  return (
    <main className="log-in">
      <form className="log-in-form" onSubmit={(event) => void submit(event)}>
        <h1 className="brand">Tranche</h1>
        <label htmlFor="token">API token</label>
        <input
          id="token"
          name="token"
          type="password"
          autoComplete="current-password"
          autoFocus
          spellCheck={false}
          value={token}
          aria-invalid={message !== null}
          aria-describedby="log-in-message"
          onChange={(event) => {
            setToken(event.target.value);
          }}
        />
        <p id="log-in-message" className="field-error" role="alert">
          {message}
        </p>
        <button className="button primary" type="submit" disabled={isChecking}>
          {isChecking ? 'Checking' : 'Log in'}
        </button>
        <p className="hint">Kept in this tab until you log out or close it.</p>
      </form>
    </main>
  );
}
