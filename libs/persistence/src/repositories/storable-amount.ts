/** SQL of an amount that is only shown: unknown where it is beyond its column, which must not stop an order. */
export const STORABLE = (amount: string): string => `CASE WHEN ${amount} < 1e20 THEN ${amount} END`;
