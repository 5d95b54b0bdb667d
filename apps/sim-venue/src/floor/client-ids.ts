interface Named {
  readonly isOpen: boolean;
}

/**
 * Orders of one account by symbol and client id. Where the venue lets several open orders share an id, all of them are
 * kept; of those that are closed, only the latest is ever asked for. No text is made of symbol and id, as it would weigh
 * more than its entry, nor a list unless there is more than one.
 */
export class ClientIds<Order extends Named> {
  readonly #bySymbol = new Map<string, Map<string, Order | Order[]>>();

  add(symbol: string, clientOrderId: string, order: Order): void {
    let ids = this.#bySymbol.get(symbol);
    if (ids === undefined) this.#bySymbol.set(symbol, (ids = new Map<string, Order | Order[]>()));
    const open = listed(ids.get(clientOrderId)).filter(({ isOpen }) => isOpen);
    ids.set(clientOrderId, open.length === 0 ? order : [...open, order]);
  }

  remove(symbol: string, clientOrderId: string, order: Order): void {
    const ids = this.#bySymbol.get(symbol);
    const others = listed(ids?.get(clientOrderId)).filter((other) => other !== order);
    if (others.length === 0) ids?.delete(clientOrderId);
    else ids?.set(clientOrderId, others);
  }

  /** The latest of the open orders under this id, else the latest of all. */
  find(symbol: string, clientOrderId: string): Order | undefined {
    const found = this.#bySymbol.get(symbol)?.get(clientOrderId);
    if (!Array.isArray(found)) return found;
    return found.findLast(({ isOpen }) => isOpen) ?? found.at(-1);
  }
}

function listed<Order>(found: Order | Order[] | undefined): Order[] {
  if (found === undefined) return [];
  return Array.isArray(found) ? found : [found];
}
