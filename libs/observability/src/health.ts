/** Gives null when fine, else a short reason that names no secret. */
export type HealthCheck = () => Promise<string | null>;

export interface HealthReport {
  readonly status: 'ok' | 'unavailable';
  readonly checks: Readonly<Record<string, string>>;
}

const CHECK_LIMIT_MS = 2_000;

/** What a process knows about its own health; the services in it register their checks, the ops server asks. */
export class HealthRegistry {
  readonly #readiness = new Map<string, HealthCheck>();
  readonly #liveness = new Map<string, HealthCheck>();
  readonly #starting = new Set<string>();
  readonly #started = new Set<string>();
  #draining = false;

  constructor(private readonly checkLimitMs = CHECK_LIMIT_MS) {}

  /** Whether this process may take work: database reachable, first reconciliation done. @returns a function that removes the check */
  addReadiness(name: string, check: HealthCheck): () => void {
    return register(this.#readiness, name, check);
  }

  /** Whether this process must be restarted; never depends on Postgres, Redis or a venue. @returns a function that removes the check */
  addLiveness(name: string, check: HealthCheck): () => void {
    return register(this.#liveness, name, check);
  }

  /** Start-up is not over before `markStarted` is called with the same name. */
  expectStart(name: string): void {
    if (!this.#started.has(name)) this.#starting.add(name);
  }

  markStarted(name: string): void {
    this.#starting.delete(name);
    this.#started.add(name);
  }

  /** From now on not ready, for good: the first step of a shutdown. */
  markDraining(): void {
    this.#draining = true;
  }

  async live(): Promise<HealthReport> {
    return report(await this.#run(this.#liveness));
  }

  async ready(): Promise<HealthReport> {
    if (this.#draining) return report({ process: 'draining' });
    return report({ ...this.#startStates(), ...(await this.#run(this.#readiness)) });
  }

  startup(): HealthReport {
    return report(this.#startStates());
  }

  #startStates(): Record<string, string> {
    return Object.fromEntries([
      ...[...this.#started].map((name) => [name, 'ok'] as const),
      ...[...this.#starting].map((name) => [name, 'starting'] as const),
    ]);
  }

  async #run(checks: ReadonlyMap<string, HealthCheck>): Promise<Record<string, string>> {
    const results = [...checks].map(async ([name, check]) => [name, await this.#outcome(check)] as const);
    return Object.fromEntries(await Promise.all(results));
  }

  async #outcome(check: HealthCheck): Promise<string> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<string>((resolve) => {
      timer = setTimeout(resolve, this.checkLimitMs, `no answer within ${this.checkLimitMs} ms`);
    });
    try {
      return (await Promise.race([check(), late])) ?? 'ok';
    } catch (error) {
      return `failed: ${error instanceof Error ? error.name : 'unknown error'}`;
    } finally {
      clearTimeout(timer);
    }
  }
}

function register(checks: Map<string, HealthCheck>, name: string, check: HealthCheck): () => void {
  if (checks.has(name)) throw new Error(`Health check names must be unique, was ${name} twice`);
  checks.set(name, check);
  return () => {
    checks.delete(name);
  };
}

function report(checks: Readonly<Record<string, string>>): HealthReport {
  const fine = Object.values(checks).every((state) => state === 'ok');
  return { status: fine ? 'ok' : 'unavailable', checks };
}
