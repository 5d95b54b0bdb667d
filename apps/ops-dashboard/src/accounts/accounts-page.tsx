import { useCallback, useEffect, useState, type ReactNode } from 'react';
import type { Account } from '../api/types.js';
import { useStore } from '../live/use-store.js';
import { accountPath, goTo } from '../router.js';
import { useDesk } from '../session/desk-context.js';
import { AccountPanels } from './account-panels.js';
import { statusMeaning } from './account-words.js';
import { OpenAccount } from './open-account.js';
import { Since } from './since.js';
import { useReading } from './use-reading.js';

/** Somebody who has just entered a key looks at the status. */
const EVERY_MS = 2_000;

/** The caller's accounts, and one of them in full. */
export function AccountsPage({ name }: { readonly name: string | null }): ReactNode {
  const desk = useDesk();
  const accounts = useStore(desk.accounts);
  const [isOpening, setOpening] = useState(false);
  const shown = name === null ? accounts[0] : accounts.find((account) => account.name === name);
  const loading = useReading(
    useCallback(() => desk.loadAccounts().then(() => true), [desk]),
    EVERY_MS,
  );

  useEffect(() => {
    document.title = 'Accounts · Tranche';
  }, []);

  return (
    <section className="accounts-page" aria-label="Accounts">
      <div className="toolbar">
        <h1>Accounts</h1>
        <button
          className="button"
          type="button"
          onClick={() => {
            setOpening(true);
          }}
        >
          Open an account
        </button>
        <span className="num count">
          {accounts.length} {accounts.length === 1 ? 'account' : 'accounts'}
        </span>
      </div>
      <AccountsTable accounts={accounts} shown={shown?.name} />
      {shown !== undefined && <AccountPanels key={shown.name} account={shown} />}
      {shown === undefined && loading.value !== null && (
        <p className="empty" role="status">
          {name === null ? 'No accounts yet: open one.' : `There is no account ${name}.`}
        </p>
      )}
      {isOpening && (
        <OpenAccount
          onClose={() => {
            setOpening(false);
          }}
          onOpened={(opened) => {
            setOpening(false);
            void desk
              .loadAccounts()
              .catch(() => undefined)
              .then(() => {
                goTo(accountPath(opened));
              });
          }}
        />
      )}
    </section>
  );
}

interface TableProps {
  readonly accounts: readonly Account[];
  readonly shown: string | undefined;
}

function AccountsTable({ accounts, shown }: TableProps): ReactNode {
  return (
    <table className="grid accounts-table">
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Venue</th>
          <th scope="col">Exchange</th>
          <th scope="col">Status</th>
          <th scope="col">Since</th>
          <th scope="col" className="right">
            Orders of others
          </th>
          <th scope="col">Reason</th>
        </tr>
      </thead>
      <tbody>
        {accounts.map((account) => (
          <tr
            key={account.name}
            data-row={account.name}
            data-shown={account.name === shown}
            onClick={() => {
              goTo(accountPath(account.name));
            }}
          >
            <td>
              <a href={accountPath(account.name)} aria-current={account.name === shown ? 'true' : undefined}>
                {account.name}
              </a>
            </td>
            <td>{account.venue}</td>
            <td>{account.exchange}</td>
            <td className="account" data-status={account.status ?? 'unknown'} title={statusMeaning(account.status)}>
              <span className="account-status">{(account.status ?? 'unknown').replaceAll('_', ' ')}</span>
            </td>
            <td className="num">
              <Since at={account.status_at} />
            </td>
            <td className={`num right${account.external_orders > 0 ? ' warn' : ''}`}>{account.external_orders}</td>
            <td className="unit wraps">{account.status === 'ready' ? '' : account.reason}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
