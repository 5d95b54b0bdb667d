import type { ReactNode } from 'react';
import { NONE } from '../format/number.js';
import { readTime, showDayClock } from '../format/time.js';
import { useStore } from '../live/use-store.js';
import { useDesk } from '../session/desk-context.js';

/** A moment of the past: its time, and its day unless that is today. */
export function Since({ at }: { readonly at: string | null }): ReactNode {
  const now = useStore(useDesk().now);
  const time = readTime(at);
  if (time === null || at === null) return NONE;
  return (
    <time dateTime={at} title={`${at} UTC`}>
      {showDayClock(time, now)}
    </time>
  );
}
