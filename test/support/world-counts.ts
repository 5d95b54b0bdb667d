/** What happened in a world; guards a property against having looked at nothing. */
export interface WorldCounts {
  granted: number;
  denied: number;
  exhausted: number;
  cancelsDenied: number;
  probes: number;
  wiped: number;
  failedOver: number;
  lost: number;
  foreign: number;
  closed: number;
  banned: number;
  crossings: number;
  linked: number;
  /** Worlds in which our calls came to more than 60 % of their main limit. */
  tight: number;
  /** In which they came to more than 85 %. */
  full: number;
  /** Cancels of a process to which Redis was lost. */
  withoutRedis: number;
}

export function noCounts(): WorldCounts {
  return {
    granted: 0,
    denied: 0,
    exhausted: 0,
    cancelsDenied: 0,
    probes: 0,
    wiped: 0,
    failedOver: 0,
    lost: 0,
    foreign: 0,
    closed: 0,
    banned: 0,
    crossings: 0,
    linked: 0,
    tight: 0,
    full: 0,
    withoutRedis: 0,
  };
}

export function addCounts(sum: WorldCounts, counts: WorldCounts): void {
  for (const what of Object.keys(counts) as (keyof WorldCounts)[]) sum[what] += counts[what];
}
