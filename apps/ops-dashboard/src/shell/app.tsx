import { useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { AccountsPage } from '../accounts/accounts-page.js';
import { Blotter } from '../blotter/blotter.js';
import { connectionOf } from '../live/connection.js';
import { Desk } from '../live/desk.js';
import { useStore } from '../live/use-store.js';
import { OrderPage } from '../order/order-page.js';
import { readRoute, useHash } from '../router.js';
import { DeskContext, useDesk } from '../session/desk-context.js';
import { LogIn } from '../session/log-in.js';
import { Ticket } from '../ticket/ticket.js';
import { StatusBar } from './status-bar.js';
import { TopBar } from './top-bar.js';

const TOKEN_KEY = 'tranche.token';
const TICKET_KEY = 'tranche.ticket';
/** From this width on there is room for the ticket beside everything else. */
const WIDE_PX = 1600;

export function App(): ReactNode {
  const [token, setToken] = useState(() => sessionStorage.getItem(TOKEN_KEY));
  const [notice, setNotice] = useState<string | null>(null);

  const leave = (message: string | null): void => {
    sessionStorage.removeItem(TOKEN_KEY);
    setNotice(message);
    setToken(null);
  };
  const enter = (next: string): void => {
    sessionStorage.setItem(TOKEN_KEY, next);
    setNotice(null);
    setToken(next);
  };

  if (token === null) return <LogIn notice={notice} onLogIn={enter} />;
  return <Session key={token} token={token} onLeave={leave} />;
}

function Session({
  token,
  onLeave,
}: {
  readonly token: string;
  readonly onLeave: (message: string | null) => void;
}): ReactNode {
  const [desk, setDesk] = useState<Desk | null>(null);
  useEffect(() => {
    const started = new Desk(token, onLeave);
    started.start();
    setDesk(started);
    return () => {
      started.stop();
    };
    // The session is keyed by its token: `onLeave` never means another one.
  }, [token]);
  if (desk === null) return null;
  return (
    <DeskContext value={desk}>
      <Pages
        onLogOut={() => {
          onLeave(null);
        }}
      />
    </DeskContext>
  );
}

function Pages({ onLogOut }: { readonly onLogOut: () => void }): ReactNode {
  const desk = useDesk();
  const hash = useHash();
  const route = useMemo(() => readRoute(hash), [hash]);
  const connection = connectionOf(useStore(desk.stream), useStore(desk.problem));
  const [hasTicket, setTicket] = useState(() => {
    const kept = sessionStorage.getItem(TICKET_KEY);
    return kept === null ? window.innerWidth >= WIDE_PX : kept === 'open';
  });
  const wasOpened = useRef(false);
  const showTicket = (isOpen: boolean): void => {
    wasOpened.current = isOpen;
    sessionStorage.setItem(TICKET_KEY, isOpen ? 'open' : 'closed');
    setTicket(isOpen);
  };

  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const isTyping = event.target instanceof HTMLElement && event.target.closest('input, textarea, select, dialog');
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === 'Escape' && event.target instanceof HTMLElement && event.target.closest('.ticket'))
        showTicket(false);
      if (isTyping !== null && isTyping !== false) return;
      if (event.key === 'n') {
        event.preventDefault();
        showTicket(true);
      }
    };
    window.addEventListener('keydown', onKey);
    return () => {
      window.removeEventListener('keydown', onKey);
    };
  }, []);

  return (
    <div className="app" data-connection={connection.phase} data-ticket={hasTicket ? 'open' : 'closed'}>
      <TopBar
        connection={connection}
        page={route.page}
        hasTicket={hasTicket}
        onTicket={() => {
          showTicket(!hasTicket);
        }}
        onLogOut={onLogOut}
      />
      <main className="work" data-stale={connection.phase === 'lost'}>
        {route.page === 'order' ? (
          <OrderPage key={route.id} id={route.id} />
        ) : route.page === 'accounts' ? (
          <AccountsPage name={route.name} />
        ) : (
          <Blotter />
        )}
      </main>
      {hasTicket && (
        <Ticket
          hasFocus={wasOpened.current}
          onClose={() => {
            showTicket(false);
          }}
        />
      )}
      <StatusBar />
    </div>
  );
}
