import { memo, type ReactNode } from 'react';
import { showClock, showSpan } from '../format/time.js';
import type { Connection } from '../live/connection.js';
import { useStore } from '../live/use-store.js';
import { accountPath, ACCOUNTS, BLOTTER, type Route } from '../router.js';
import { useDesk } from '../session/desk-context.js';

interface Props {
  readonly connection: Connection;
  readonly page: Route['page'];
  readonly hasTicket: boolean;
  readonly onTicket: () => void;
  readonly onLogOut: () => void;
}

export function TopBar({ connection, page, hasTicket, onTicket, onLogOut }: Props): ReactNode {
  return (
    <header className="top-bar">
      <a className="brand" href={BLOTTER} aria-label="Tranche: all orders">
        Tranche
      </a>
      <nav className="pages" aria-label="Pages">
        <a className="tab" href={BLOTTER} aria-current={page === 'blotter' ? 'page' : undefined}>
          Orders
        </a>
        <a className="tab" href={ACCOUNTS} aria-current={page === 'accounts' ? 'page' : undefined}>
          Accounts
        </a>
      </nav>
      <Alarm connection={connection} />
      <Accounts />
      <span className="signal" data-phase={connection.phase} title="Live updates of orders">
        {connection.phase === 'live' ? 'Live' : connection.phase === 'connecting' ? 'Connecting' : 'Offline'}
      </span>
      <Clock />
      <button
        className="button primary"
        type="button"
        aria-pressed={hasTicket}
        onClick={onTicket}
        title="New order (N)"
      >
        New order
      </button>
      <button className="button" type="button" onClick={onLogOut}>
        Log out
      </button>
    </header>
  );
}

/** Takes the room between brand and clock, which is kept free for it: nothing moves when it appears. */
function Alarm({ connection }: { readonly connection: Connection }): ReactNode {
  const desk = useDesk();
  return (
    <div className="alarm-room" role="alert">
      {connection.phase === 'lost' && (
        <div className="alarm" data-testid="connection-lost">
          <strong>Connection lost</strong>
          <span>
            since {showClock(connection.since)} UTC, {connection.reason}. What you see is stale.
          </span>
          <Waiting since={connection.since} retryAt={connection.retryAt} />
          <button className="button" type="button" onClick={desk.retry}>
            Retry now
          </button>
        </div>
      )}
    </div>
  );
}

/** Counts; not part of what is read out, else it would be read out each second. */
function Waiting({ since, retryAt }: { readonly since: number; readonly retryAt: number | null }): ReactNode {
  const now = useStore(useDesk().now);
  return (
    <span className="num waiting" aria-hidden="true">
      {showSpan(now - since)}
      {retryAt === null || retryAt <= now ? ' · trying' : ` · next try in ${Math.ceil((retryAt - now) / 1000)} s`}
    </span>
  );
}

const Clock = memo(function Clock(): ReactNode {
  const now = useStore(useDesk().now);
  return <span className="num clock">{showClock(now)} UTC</span>;
});

/** The state of each account that is not ready; one word when all are. */
function Accounts(): ReactNode {
  const accounts = useStore(useDesk().accounts);
  return (
    <span className="accounts">
      {accounts.map((account) => (
        <a
          key={`${account.name} ${account.venue}`}
          className="account"
          href={accountPath(account.name)}
          data-status={account.status ?? 'unknown'}
          title={`${account.exchange} (${account.venue}): ${account.status ?? 'unknown'}`}
        >
          {account.name}
          <span className="account-status">{(account.status ?? 'unknown').replaceAll('_', ' ')}</span>
        </a>
      ))}
    </span>
  );
}
