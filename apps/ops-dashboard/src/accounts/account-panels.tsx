import { useCallback, type ReactNode } from 'react';
import type { Account } from '../api/types.js';
import { useDesk } from '../session/desk-context.js';
import { standingText } from './account-words.js';
import { ExternalOrdersTable, PositionsTable } from './holdings.js';
import { KeyForm } from './key-form.js';
import { KeysTable } from './keys-table.js';
import { useReading, type Reading } from './use-reading.js';

const EVERY_MS = 5_000;

/** One account: its keys, what it holds, and what others do with it. */
export function AccountPanels({ account }: { readonly account: Account }): ReactNode {
  const desk = useDesk();
  const { client } = desk;
  const { name, venue } = account;
  const keys = useReading(
    useCallback(() => client.keys(name), [client, name]),
    EVERY_MS,
  );
  const positions = useReading(
    useCallback(() => client.positions(name), [client, name]),
    EVERY_MS,
  );
  const orders = useReading(
    useCallback(() => client.externalOrders(name), [client, name]),
    EVERY_MS,
  );
  const changed = (): void => {
    keys.reload();
    void desk.loadAccounts().catch(() => undefined);
  };

  return (
    <div className="account-body" data-account={name}>
      <div className="account-panels">
        <p className="account-meaning">
          <b>{name}</b> at {account.exchange} ({venue}). {standingText(account.status, account.reason)}
        </p>
        <Panel title="Keys" count={keys.value?.flatMap(({ credentials }) => credentials).length} reading={keys}>
          {(value) => <KeysTable account={name} venues={value} onChange={changed} />}
        </Panel>
        <Panel title="Positions" count={positions.value?.length} reading={positions}>
          {(value) => <PositionsTable positions={value} />}
        </Panel>
        <Panel title="Orders of others" count={orders.value?.length} reading={orders}>
          {(value) => <ExternalOrdersTable orders={value} />}
        </Panel>
      </div>
      <KeyForm account={name} venue={venue} onChange={changed} />
    </div>
  );
}

interface PanelProps<T> {
  readonly title: string;
  readonly count: number | undefined;
  readonly reading: Reading<T>;
  readonly children: (value: T) => ReactNode;
}

function Panel<T>({ title, count, reading, children }: PanelProps<T>): ReactNode {
  const { value, problem } = reading;
  return (
    <section className="panel" aria-label={title}>
      <h2>
        {title} <span className="num">{count}</span>
      </h2>
      {problem !== null && (
        <p className="empty field-error" role="status">
          {problem}
        </p>
      )}
      {value !== null && children(value)}
      {value === null && problem === null && <p className="empty">Loading</p>}
    </section>
  );
}
