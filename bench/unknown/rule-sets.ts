/** A way in which exchanges keep ids, or take orders, as a rule for the simulated one (reliability.md 2.1). */
export interface RuleSet {
  readonly name: string;
  readonly faults: readonly object[];
}

const ids = (rule: string): object => ({ fault: 'id_rules', args: { rule } });
const acceptance = (args: object, p?: number): object => ({
  fault: 'acceptance',
  args,
  ...(p === undefined ? {} : { match: { p } }),
});

export const RULE_SETS: readonly RuleSet[] = [
  { name: 'V1 open-only', faults: [] },
  { name: 'V1 forget-filled', faults: [ids('forget-filled')] },
  { name: 'V2 permanent', faults: [ids('permanent')] },
  { name: 'V3 returns-existing', faults: [ids('returns-existing')] },
  { name: 'V4 none', faults: [ids('none')] },
  { name: 'V5 asynchronous', faults: [acceptance({ how: 'asynchronous', minMs: 50, maxMs: 2_000 })] },
  { name: 'V6 forgetful', faults: [acceptance({ how: 'forgetful', ms: 3_000 })] },
  { name: 'V7 silent drop', faults: [acceptance({ how: 'silent_drop' }, 0.03)] },
  { name: 'V8 no expiry', faults: [acceptance({ how: 'no_expiry' })] },
];

const on = (route: string, p: number, fault: string, args: object = {}): object => ({
  match: { route, p },
  fault,
  args,
});
const PLACE = 'POST /api/v3/order';

/** Lost, late, doubled and false answers at rates that no real exchange has: nearly a third of all placements. */
export const STORM: readonly object[] = [
  on(PLACE, 0.03, 'drop_request'),
  on(PLACE, 0.05, 'drop_reply'),
  on(PLACE, 0.01, 'drop_reply', { how: 'hold' }),
  on(PLACE, 0.03, 'status', { status: 503, when: 'before' }),
  on(PLACE, 0.04, 'status', { status: 500, when: 'after' }),
  on(PLACE, 0.02, 'timeout_code', { code: -1007, accepted: true }),
  on(PLACE, 0.02, 'timeout_code', { code: -1006, accepted: false }),
  on(PLACE, 0.02, 'garble', { how: 'truncated' }),
  on(PLACE, 0.02, 'garble', { how: 'no_order_id' }),
  on(PLACE, 0.05, 'delay', { p50: 200, p99: 7_000 }),
  on(PLACE, 0.03, 'latency', { minMs: 500, maxMs: 4_500, when: 'queue' }),
  { match: { p: 0.05 }, fault: 'stream', args: { how: 'duplicate' } },
  { match: { p: 0.02 }, fault: 'stream', args: { how: 'delay', p50: 100, p99: 2_000 } },
  on('DELETE /api/v3/order', 0.05, 'drop_reply'),
  on('DELETE /api/v3/order', 0.05, 'status', { status: 502, when: 'before' }),
  on('GET /api/v3/order', 0.05, 'drop_reply'),
  on('GET /api/v3/order', 0.05, 'status', { status: 504, when: 'before' }),
];
