import type { StoredChildOrder } from '#persistence';

/**
 * Which cancels of one account go out together, where its venue takes up to `atOnce` orders of one symbol in one call: those
 * whose id at the venue is known. Fewer than half as many are worth no such call, some venues count it in full; they go one by
 * one, and so does everything where `atOnce` is under 2. In the order given, as far as that allows.
 */
export function inBatches(children: readonly StoredChildOrder[], atOnce: number): StoredChildOrder[][] {
  if (atOnce < 2) return children.map((child) => [child]);
  const known = new Map<string, StoredChildOrder[]>();
  const alone: StoredChildOrder[] = [];
  for (const child of children) {
    if (!('venueOrderId' in child.order.state)) alone.push(child);
    else known.set(child.symbol, [...(known.get(child.symbol) ?? []), child]);
  }
  const batches = [...known.values()].flatMap((ofSymbol) => {
    const parts: StoredChildOrder[][] = [];
    for (let from = 0; from < ofSymbol.length; from += atOnce) parts.push(ofSymbol.slice(from, from + atOnce));
    return parts.flatMap((part) => (2 * part.length >= atOnce ? [part] : part.map((child) => [child])));
  });
  return [...batches, ...alone.map((child) => [child])];
}
