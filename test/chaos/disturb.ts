import type { ServiceEntry } from '../../apps/launcher/src/running-services.js';
import { SeededRandom } from '../support/seeded-random.js';
import type { TrancheProcess } from '../support/tranche-process.js';
import { until } from '../support/until.js';

export const SERVICE_KINDS = [
  'api-gateway',
  'order-scheduler',
  'exchange-gateway',
  'feed-handler',
  'rate-limit-tracker',
] as const;

/** Into the report, which is shown when a test fails. */
export function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** A new seed for each run, told in the report; `CHAOS_SEED` repeats one. */
export function seedOfRun(): SeededRandom {
  const random = new SeededRandom(Number(process.env['CHAOS_SEED'] ?? Date.now() % 1_000_000_007));
  tell(`CHAOS_SEED=${random.seed}`);
  return random;
}

/** Lets the orders go on for this long, so that the next thing hits them at an arbitrary point. */
export async function goOnFor(ms: number): Promise<void> {
  const end = performance.now() + ms;
  await until(() => performance.now() >= end, { timeoutMs: ms + 5_000, everyMs: 20 });
}

/** Those of a kind, as they run now. */
export async function replicasOf(system: TrancheProcess, kind: string): Promise<readonly ServiceEntry[]> {
  return (await system.services()).filter(({ name }) => name === kind);
}

/**
 * Of two that share a work of which one has the lease, the one that has it; undefined between two holders. Of accounts, the
 * one on spot: perpetuals may have another holder.
 */
export async function holderOf(system: TrancheProcess, kind: string): Promise<ServiceEntry | undefined> {
  const sign = {
    'feed-handler': /^tranche_feed_holder\{[^}]*\} 1$/m,
    'exchange-gateway': /^tranche_accounts_held\{[^}]*venue="sim"[^}]*\} 1$/m,
  };
  for (const entry of await replicasOf(system, kind)) {
    const text = await fetch(`${entry.opsUrl}/metrics`, { signal: AbortSignal.timeout(3_000) })
      .then((response) => response.text())
      .catch(() => '');
    if (sign[kind as keyof typeof sign].test(text)) return entry;
  }
  return undefined;
}

/** kill -9, and wait until the launcher has started its successor. */
export async function killAndAwaitSuccessor(system: TrancheProcess, victim: ServiceEntry): Promise<void> {
  process.kill(victim.pid, 'SIGKILL');
  await until(
    async () => {
      const now = (await replicasOf(system, victim.name)).find(({ replica }) => replica === victim.replica);
      return now !== undefined && now.pid !== victim.pid;
    },
    { everyMs: 100, what: `${victim.name}-${victim.replica} was started again` },
  );
}
