import type { ReactNode } from 'react';
import { readDecimal, toPixels } from '../format/decimal.js';
import { showFixed } from '../format/number.js';
import type { Side } from '../api/types.js';

/** Share filled, as a bar with its number. @param percent 0 to 100, as text */
export function FilledBar({ percent, side }: { readonly percent: string; readonly side: Side }): ReactNode {
  const width = Math.min(100, toPixels(readDecimal(percent) ?? '0'));
  return (
    <span className="filled">
      <span className="filled-track" aria-hidden="true">
        <span className={`filled-part ${side}`} style={{ width: `${width}%` }} />
      </span>
      <span className="filled-number">{showFixed(percent, 2)}</span>
    </span>
  );
}
