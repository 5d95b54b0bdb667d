import type { ReactNode } from 'react';
import type { OrderMessage } from '../api/types.js';
import { readTime, showClock } from '../format/time.js';

interface Props {
  readonly messages: readonly OrderMessage[];
  readonly warnings: readonly string[];
}

/** What happened, newest first; what the server warned of when the order came in stays on top. */
export function Messages({ messages, warnings }: Props): ReactNode {
  const newest = [...messages].sort((a, b) => (a.timestamp < b.timestamp ? 1 : a.timestamp > b.timestamp ? -1 : 0));
  return (
    <section className="panel messages" aria-label="Messages">
      <h2>
        Messages <span className="num">{messages.length}</span>
      </h2>
      <div className="table-scroll" tabIndex={0} role="region" aria-label="Messages, scrolls">
        <ol>
          {warnings.map((warning) => (
            <li key={warning} data-level="warning">
              <span>warning</span>
              <span>{warning}</span>
            </li>
          ))}
          {newest.map((message, index) => (
            <li key={`${message.timestamp} ${message.type} ${newest.length - index}`} data-level={message.level}>
              <time className="num" dateTime={message.timestamp}>
                {showClock(readTime(message.timestamp) ?? 0)}
              </time>
              <span>
                <b>{message.type.replaceAll('_', ' ')}</b> {message.message}
              </span>
            </li>
          ))}
        </ol>
      </div>
    </section>
  );
}
