import type { Priority } from '../../libs/domain/src/rate-limit/limit-definition.js';
import type { LimitDraw } from '../../libs/domain/src/rate-limit/limit-draw.js';
import type { ClockView } from '../../libs/domain/src/rate-limit/venue-clock.js';

/** What becomes of a call. */
export type Fate = 'ok' | 'refused' | 'reply lost' | 'request lost' | 'not sent' | 'answered twice';
export const TROUBLE: readonly Fate[] = ['refused', 'reply lost', 'request lost', 'not sent', 'answered twice'];
export const PRIORITIES: readonly Priority[] = ['cancel', 'reduce', 'place', 'place', 'place', 'query'];

/** An order, as far as its age matters. */
export interface Order {
  /** By the venue's clock. */
  changedAt: number;
  /** When its last change was answered, in true time; null while that is not known. */
  answeredAt: number | null;
}

/** A call that was granted. */
export interface Sent {
  readonly token: string;
  readonly draws: readonly LimitDraw[];
  readonly orders: number;
  readonly priority: Priority;
  readonly order: Order | null;
  /** The clock of the process that makes the call, less the true time. */
  readonly podOffset: number;
  readonly act: 'add' | 'change' | 'plain';
  /** True time of the grant. */
  readonly grantedAt: number;
  /** A later grant has a higher number. */
  readonly grant: number;
  /** The same by the clock of Redis, as far as the process knows; and venue minus that clock, as it was told. */
  at: number;
  view: ClockView;
}

/** A property does not hold. */
export function broken(what: string): never {
  throw new Error(what);
}
