/** One service that runs, as `demo.json` names it. */
export interface ServiceEntry {
  /** As the app's folder. */
  readonly name: string;
  /** From 1. */
  readonly replica: number;
  readonly pid: number;
  /** Where `/metrics` and `/health/*` are. */
  readonly opsUrl: string;
  /** Of an api-gateway only. */
  readonly apiUrl?: string;
}

/** All services, in one process or in many. */
export interface RunningServices {
  /** As they run now: a service that was started again has another pid. */
  entries(): readonly ServiceEntry[];
  /** Gives up waiting after a limit. */
  untilReady(limitMs: number): Promise<void>;
}
