/** Why a text is no condition: what is wrong and where, zero-based in the text. */
export interface ConditionError {
  readonly text: string;
  readonly position: number;
}

/** Ends reading at the first fault; never leaves this folder. */
export class ConditionFault extends Error {
  override readonly name = 'ConditionFault';
  constructor(
    readonly text: string,
    readonly position: number,
  ) {
    super(`${text} at ${position}`);
  }
}

const MAX_SHOWN = 40;

/** A piece of the text, fit for an error text: short and printable. */
export function shownPiece(piece: string): string {
  const printable = piece.replace(/[\p{C}\p{Z}]/gu, '?');
  return printable.length <= MAX_SHOWN ? `'${printable}'` : `'${printable.slice(0, MAX_SHOWN - 3)}...'`;
}
