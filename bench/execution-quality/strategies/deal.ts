/** Slice i of n gets floor(Q(i+1)/n) - floor(Q*i/n) lots (algorithms.md 4.1). */
export function dealt(lots: number, slices: number): number[] {
  const upTo = (index: number): number => Math.floor((lots * index) / slices);
  return Array.from({ length: slices }, (_, index) => upTo(index + 1) - upTo(index));
}
