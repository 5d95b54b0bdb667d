import { SIGNAL_REASONS, type SignalReason } from '#domain';

/** What a client is told. */
export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export type ReasonGroup = keyof typeof SIGNAL_REASONS;

const GROUPS = new Map(
  Object.entries(SIGNAL_REASONS).flatMap(([group, reasons]) =>
    reasons.map((reason): [SignalReason, ReasonGroup] => [reason, group as ReasonGroup]),
  ),
);

/** Whether a signal took effect, had none, was refused, or failed by our fault. */
export function groupOf(reason: SignalReason): ReasonGroup {
  return GROUPS.get(reason) ?? 'fault';
}
