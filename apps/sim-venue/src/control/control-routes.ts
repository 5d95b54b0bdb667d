import { faultRule } from '../faults/fault-rules.js';
import type { VenueFaults } from '../faults/venue-faults.js';
import type { VenueRecord } from '../journal/venue-record.js';
import { StateError, type VenueState } from '../venue-state.js';
import { accountRoutes } from './account-routes.js';
import { ControlError } from './control-error.js';
import { parseBody, type ControlRoute } from './control-http.js';
import { futuresRoutes } from './futures-routes.js';
import { limitsBody, stateBody } from './control-schemas.js';
import { marketRoutes } from './market-routes.js';
import { settingsRoutes } from './settings-routes.js';
import { productOf, type Simulator } from './simulator.js';

/** The operator's side of the simulator: accounts, ledger, limits, faults, state, markets. */
export function controlRoutes(simulator: Simulator): readonly ControlRoute[] {
  return [
    { method: 'GET', path: '/control/health', handle: () => ({ status: 'ok', time: simulator.now() }) },
    ...accountRoutes(simulator.state),
    ...faultRoutes(simulator.faults),
    ...limitRoutes(simulator),
    ...stateRoutes(simulator),
    ...marketRoutes(simulator),
    ...settingsRoutes(simulator.settings),
    ...futuresRoutes(simulator),
  ];
}

function faultRoutes(faults: VenueFaults): ControlRoute[] {
  const { book } = faults;
  return [
    {
      method: 'POST',
      path: '/control/faults',
      handle: ({ body }) => ({ id: faults.add(parseBody(faultRule, body)) }),
    },
    { method: 'GET', path: '/control/faults', handle: () => ({ faults: book.list() }) },
    {
      method: 'DELETE',
      path: '/control/faults',
      handle: () => {
        book.clear();
        return {};
      },
    },
    {
      method: 'DELETE',
      path: '/control/faults/:id',
      handle: ({ names }) => {
        if (!book.remove(Number(names[0]))) throw new ControlError(404, 'FAULT_UNKNOWN', `No fault ${names[0]}`);
        return {};
      },
    },
  ];
}

function limitRoutes(simulator: Simulator): ControlRoute[] {
  return [
    {
      method: 'GET',
      path: '/control/limits',
      handle: ({ query }) => productOf(simulator, query).requestLimits.limits,
    },
    {
      method: 'PUT',
      path: '/control/limits',
      handle: ({ query, body }) => {
        const { requestLimits, orderCounts } = productOf(simulator, query);
        const given = Object.entries(parseBody(limitsBody, body)).filter(([, value]) => value !== undefined);
        Object.assign(requestLimits.limits, Object.fromEntries(given));
        requestLimits.clear();
        orderCounts.clear();
        return requestLimits.limits;
      },
    },
  ];
}

function stateRoutes(simulator: Simulator): ControlRoute[] {
  const { state, faults } = simulator;
  const products = Object.values(simulator.products);
  const restartMarkets = async (): Promise<void> => {
    for (const { sources } of products) await sources.restart();
  };
  return [
    {
      method: 'GET',
      path: '/control/unserved',
      handle: () => {
        const counts: Record<string, number> = {};
        for (const { api } of products)
          for (const [route, calls] of Object.entries(api.unserved())) counts[route] = (counts[route] ?? 0) + calls;
        return counts;
      },
    },
    {
      method: 'GET',
      path: '/control/answers',
      handle: ({ query }) => productOf(simulator, query).api.answers(),
    },
    {
      method: 'GET',
      path: '/control/log-hash',
      handle: ({ query }) => productOf(simulator, query).floor.log.digest(),
    },
    { method: 'GET', path: '/control/state', handle: () => ({ records: state.dump() }) },
    {
      method: 'PUT',
      path: '/control/state',
      handle: async ({ body }) => {
        const { records } = parseBody(stateBody, body);
        replaceState(state, records as unknown as VenueRecord[]);
        await restartMarkets();
        return {};
      },
    },
    {
      method: 'POST',
      path: '/control/reset',
      handle: async () => {
        faults.reset();
        for (const { requestLimits, defaultLimits, orderCounts, api } of products) {
          Object.assign(requestLimits.limits, defaultLimits);
          requestLimits.clear();
          orderCounts.clear();
          api.clearCounts();
        }
        state.reset();
        await restartMarkets();
        return {};
      },
    },
    {
      method: 'GET',
      path: '/control/invariants',
      handle: () => {
        state.assertInvariants();
        return { hold: true };
      },
    },
  ];
}

function replaceState(state: VenueState, records: readonly VenueRecord[]): void {
  try {
    state.replace(records);
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    throw new ControlError(400, 'STATE_INVALID', `State was not taken, nothing changed: ${error.message}`);
  }
}
