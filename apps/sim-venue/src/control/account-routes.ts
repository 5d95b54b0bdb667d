import { randomBytes } from 'node:crypto';
import type { Customer } from '../accounts/customer.js';
import type { Customers } from '../accounts/customers.js';
import { units } from '../matching/scaled.js';
import type { VenueState } from '../venue-state.js';
import { accountView, ledgerView } from './account-views.js';
import { ControlError } from './control-error.js';
import { futuresLedgerView } from './futures-views.js';
import { parseBody, type ControlRoute } from './control-http.js';
import { depositBody, newAccountBody, restrictionsBody } from './control-schemas.js';

/** Accounts with their keys and money, and what became of their orders. */
export function accountRoutes(state: VenueState): ControlRoute[] {
  const { customers } = state;
  return [
    {
      method: 'POST',
      path: '/control/accounts',
      handle: ({ body }) => accountView(state, openAccount(state, parseBody(newAccountBody, body))),
    },
    {
      method: 'GET',
      path: '/control/accounts',
      handle: () => ({ accounts: [...customers.byId.values()].map((customer) => accountView(state, customer)) }),
    },
    {
      method: 'GET',
      path: '/control/accounts/:account',
      handle: ({ names }) => accountView(state, customerNamed(customers, names[0])),
    },
    {
      method: 'POST',
      path: '/control/accounts/:account/deposits',
      handle: ({ names, body }) => {
        const customer = customerNamed(customers, names[0]);
        const { product, asset, amount } = parseBody(depositBody, body);
        if (product === 'usdm') {
          if (asset !== 'USDT') throw new ControlError(400, 'ASSET_UNKNOWN', `asset must be USDT, was ${asset}`);
          state.usdm.deposit(customer, units(amount));
        } else state.spot.deposit(state.spot.ledger.account(customer.id), asset, units(amount));
        return accountView(state, customer);
      },
    },
    {
      method: 'PUT',
      path: '/control/accounts/:account/restrictions',
      handle: ({ names, body }) => {
        const customer = customerNamed(customers, names[0]);
        const given = Object.entries(parseBody(restrictionsBody, body)).filter(([, value]) => value !== undefined);
        customers.restrict(customer, Object.fromEntries(given));
        return accountView(state, customer);
      },
    },
    {
      method: 'GET',
      path: '/control/ledger',
      handle: ({ query }) => {
        const named = query.get('account');
        const only = named === null ? null : customerNamed(customers, named);
        return query.get('product') === 'usdm' ? futuresLedgerView(state, only) : ledgerView(state, only);
      },
    },
  ];
}

/** One account per name: a second request with the same key finds the first one, balances and all. */
function openAccount(state: VenueState, request: ReturnType<typeof parseBody<typeof newAccountBody>>): Customer {
  const { name, apiKey, apiSecret, keyType, permissions, balances, usdmBalances } = request;
  const known = state.customers.byName.get(name);
  if (known !== undefined) {
    if ((apiKey === undefined || known.apiKey === apiKey) && (apiSecret === undefined || known.apiSecret === apiSecret))
      return known;
    throw new ControlError(409, 'ACCOUNT_EXISTS', `Account ${JSON.stringify(name)} exists with another key`);
  }
  if (apiKey !== undefined && state.customers.byKey.has(apiKey))
    throw new ControlError(409, 'KEY_EXISTS', 'apiKey belongs to another account');
  return state.openAccount({
    name,
    apiKey: apiKey ?? randomBytes(32).toString('hex'),
    apiSecret: apiSecret ?? randomBytes(32).toString('hex'),
    keyType,
    permissions,
    restrictions: Object.fromEntries(Object.entries(request.restrictions).filter(([, v]) => v !== undefined)),
    balances: new Map(Object.entries(balances).map(([asset, amount]) => [asset, units(amount)])),
    usdmBalance: units(usdmBalances.USDT ?? '0'),
  });
}

/** @throws ControlError 404; accounts go by name or number */
function customerNamed(customers: Customers, named: string | undefined): Customer {
  const customer = customers.byName.get(named ?? '') ?? customers.byId.get(Number(named));
  if (customer === undefined) throw new ControlError(404, 'ACCOUNT_UNKNOWN', `No account ${JSON.stringify(named)}`);
  return customer;
}
