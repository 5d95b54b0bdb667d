import { Book, type BookOrder } from '../matching/book.js';
import type { SymbolSpec } from '../matching/symbol-spec.js';

/**
 * Puts orders of a draft into books of their own, in the order given, to see whether they can rest beside each other.
 *
 * @throws Error naming the order that cannot: it crosses another, or has no price or quantity to rest with
 */
export function assertCanRest(orders: Iterable<BookOrder & { readonly id: number; readonly spec: SymbolSpec }>): void {
  const books = new Map<SymbolSpec, Book>();
  for (const order of orders) {
    let book = books.get(order.spec);
    if (book === undefined) books.set(order.spec, (book = new Book(() => undefined)));
    try {
      if (!(order.ticks >= 1)) throw new Error(`Price of a resting order must be at least 1 tick, was ${order.ticks}`);
      book.add(order);
    } catch (error) {
      throw new Error(`Order ${order.id} cannot rest in ${order.spec.symbol}: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }
}
