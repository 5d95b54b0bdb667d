import { randomBytes } from 'node:crypto';
import type { Exchange } from '../spot/exchange.js';
import type { FaultBook } from '../faults/fault-book.js';
import { faultRule } from '../faults/fault-rules.js';
import type { Account } from '../spot/account.js';
import { dumpLedger } from '../spot/dump.js';
import type { LedgerRecord } from '../spot/records.js';
import { DEFAULT_LIMITS } from '../limits/request-limits.js';
import { units } from '../matching/scaled.js';
import { accountView, ledgerView } from './account-views.js';
import { ControlError } from './control-error.js';
import { parseBody, type ControlRoute } from './control-http.js';
import { depositBody, limitsBody, newAccountBody, restrictionsBody, stateBody } from './control-schemas.js';
import { marketRoutes } from './market-routes.js';
import type { Simulator } from './simulator.js';

/** The operator's side of the simulator: accounts, ledger, limits, faults, state, markets. */
export function controlRoutes(simulator: Simulator): readonly ControlRoute[] {
  return [
    { method: 'GET', path: '/control/health', handle: () => ({ status: 'ok', time: simulator.exchange.now() }) },
    ...accountRoutes(simulator.exchange),
    ...faultRoutes(simulator.faults),
    ...stateRoutes(simulator),
    ...marketRoutes(simulator),
  ];
}

function accountRoutes(exchange: Exchange): ControlRoute[] {
  return [
    {
      method: 'POST',
      path: '/control/accounts',
      handle: ({ body }) => accountView(openAccount(exchange, parseBody(newAccountBody, body))),
    },
    {
      method: 'GET',
      path: '/control/accounts',
      handle: () => ({ accounts: [...exchange.ledger.accounts.values()].map(accountView) }),
    },
    {
      method: 'GET',
      path: '/control/accounts/:account',
      handle: ({ names }) => accountView(accountNamed(exchange, names[0])),
    },
    {
      method: 'POST',
      path: '/control/accounts/:account/deposits',
      handle: ({ names, body }) => {
        const account = accountNamed(exchange, names[0]);
        const { asset, amount } = parseBody(depositBody, body);
        exchange.deposit(account, asset, units(amount));
        return accountView(account);
      },
    },
    {
      method: 'PUT',
      path: '/control/accounts/:account/restrictions',
      handle: ({ names, body }) => {
        const account = accountNamed(exchange, names[0]);
        const given = Object.entries(parseBody(restrictionsBody, body)).filter(([, value]) => value !== undefined);
        exchange.restrict(account, Object.fromEntries(given));
        return accountView(account);
      },
    },
    {
      method: 'GET',
      path: '/control/ledger',
      handle: ({ query }) => {
        const named = query.get('account');
        const only = named === null ? null : accountNamed(exchange, named);
        return ledgerView(exchange.ledger, only);
      },
    },
  ];
}

function faultRoutes(faults: FaultBook): ControlRoute[] {
  return [
    {
      method: 'POST',
      path: '/control/faults',
      handle: ({ body }) => ({ id: faults.add(parseBody(faultRule, body)) }),
    },
    { method: 'GET', path: '/control/faults', handle: () => ({ faults: faults.list() }) },
    {
      method: 'DELETE',
      path: '/control/faults',
      handle: () => {
        faults.clear();
        return {};
      },
    },
    {
      method: 'DELETE',
      path: '/control/faults/:id',
      handle: ({ names }) => {
        if (!faults.remove(Number(names[0]))) throw new ControlError(404, 'FAULT_UNKNOWN', `No fault ${names[0]}`);
        return {};
      },
    },
  ];
}

function stateRoutes({ exchange, sources, faults, requestLimits, orderCounts, spotApi }: Simulator): ControlRoute[] {
  const clearLimits = (): void => {
    requestLimits.clear();
    orderCounts.clear();
  };
  return [
    { method: 'GET', path: '/control/limits', handle: () => requestLimits.limits },
    {
      method: 'PUT',
      path: '/control/limits',
      handle: ({ body }) => {
        const given = Object.entries(parseBody(limitsBody, body)).filter(([, value]) => value !== undefined);
        Object.assign(requestLimits.limits, Object.fromEntries(given));
        clearLimits();
        return requestLimits.limits;
      },
    },
    { method: 'GET', path: '/control/unserved', handle: () => spotApi.unserved() },
    { method: 'GET', path: '/control/log-hash', handle: () => exchange.log.digest() },
    { method: 'GET', path: '/control/state', handle: () => ({ records: dumpLedger(exchange.ledger) }) },
    {
      method: 'PUT',
      path: '/control/state',
      handle: async ({ body }) => {
        const { records } = parseBody(stateBody, body);
        replaceState(exchange, records as unknown as LedgerRecord[]);
        await sources.restart();
        return {};
      },
    },
    {
      method: 'POST',
      path: '/control/reset',
      handle: async () => {
        faults.clear();
        Object.assign(requestLimits.limits, DEFAULT_LIMITS);
        clearLimits();
        spotApi.clearUnserved();
        exchange.reset();
        await sources.restart();
        return {};
      },
    },
    {
      method: 'GET',
      path: '/control/invariants',
      handle: () => {
        exchange.ledger.assertInvariants();
        for (const market of exchange.markets.values()) market.book.assertInvariants();
        return { hold: true };
      },
    },
  ];
}

/** One account per name: a second request with the same key finds the first one, balances and all. */
function openAccount(exchange: Exchange, request: ReturnType<typeof parseBody<typeof newAccountBody>>): Account {
  const { name, apiKey, apiSecret, permissions, balances } = request;
  const known = exchange.ledger.accountByName.get(name);
  if (known !== undefined) {
    if ((apiKey === undefined || known.apiKey === apiKey) && (apiSecret === undefined || known.apiSecret === apiSecret))
      return known;
    throw new ControlError(409, 'ACCOUNT_EXISTS', `Account ${JSON.stringify(name)} exists with another key`);
  }
  if (apiKey !== undefined && exchange.ledger.accountByKey.has(apiKey))
    throw new ControlError(409, 'KEY_EXISTS', 'apiKey belongs to another account');
  const restrictions = Object.fromEntries(Object.entries(request.restrictions).filter(([, v]) => v !== undefined));
  return exchange.openAccount({
    name,
    apiKey: apiKey ?? randomBytes(32).toString('hex'),
    apiSecret: apiSecret ?? randomBytes(32).toString('hex'),
    permissions,
    restrictions,
    balances: new Map(Object.entries(balances).map(([asset, amount]) => [asset, units(amount)])),
  });
}

function replaceState(exchange: Exchange, records: readonly LedgerRecord[]): void {
  try {
    exchange.replaceState(records);
  } catch (error) {
    exchange.reset();
    throw new ControlError(
      400,
      'STATE_INVALID',
      `State was not taken, the exchange is empty now: ${(error as Error).message}`,
    );
  }
}

/** @throws ControlError 404; accounts go by name or number */
function accountNamed(exchange: Exchange, named: string | undefined): Account {
  const { accountByName, accounts } = exchange.ledger;
  const account = accountByName.get(named ?? '') ?? accounts.get(Number(named));
  if (account === undefined) throw new ControlError(404, 'ACCOUNT_UNKNOWN', `No account ${JSON.stringify(named)}`);
  return account;
}
