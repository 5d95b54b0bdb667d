/** A venue that orders may go to, as far as taking them in depends on it. */
export interface OrderVenue {
  readonly id: string;
  /** What clients call it, `MockExchange`. */
  readonly exchange: string;
  /** False: it has no orders that may only shrink a position. Absent: as far as is known it has. */
  readonly reducesOnly?: boolean;
  /** False: it has no orders that may only rest. Absent: as far as is known it has. */
  readonly rests?: boolean;
}
