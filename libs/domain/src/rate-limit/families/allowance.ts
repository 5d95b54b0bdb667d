/** A share of the limit in thousandths, rounded down. */
export function plainAllowance(limit: number, ceiling: number): number {
  return Math.floor((limit * ceiling) / 1000);
}
