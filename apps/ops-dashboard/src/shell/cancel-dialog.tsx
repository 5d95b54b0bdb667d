import { useState, type ReactNode } from 'react';
import { showExact } from '../format/number.js';
import { useDesk } from '../session/desk-context.js';
import { Modal } from './modal.js';

/** As much of an order as the question names. */
export interface Cancelable {
  readonly id: string;
  readonly side: string;
  readonly pair: string;
  readonly target_order_qty: string;
  readonly target_token: string;
  readonly pct_filled: string;
  readonly live_child_orders: number;
}

/** Asks once more, cancels, and shows what the server says when it does not. */
export function CancelDialog({
  order,
  onClose,
}: {
  readonly order: Cancelable;
  readonly onClose: () => void;
}): ReactNode {
  const desk = useDesk();
  const [message, setMessage] = useState<string | null>(null);
  const [isSending, setSending] = useState(false);

  const cancel = async (): Promise<void> => {
    setSending(true);
    try {
      await desk.client.cancel(order.id);
      onClose();
    } catch (error) {
      setMessage(error instanceof Error ? error.message : String(error));
      setSending(false);
    }
  };

  return (
    <Modal titleId="cancel-title" onClose={onClose}>
      <h2 id="cancel-title">Cancel this order?</h2>
      <p className="num">
        <b className={order.side}>{order.side.toUpperCase()}</b> {showExact(order.target_order_qty)}{' '}
        {order.target_token} of {order.pair}, {order.pct_filled} % filled
        {order.live_child_orders > 0 && `, ${order.live_child_orders} live at the venue`}.
      </p>
      <p className="hint">Live child orders are cancelled at the venue. What is filled stays filled.</p>
      <p className="field-error" role="alert">
        {message}
      </p>
      <div className="dialog-buttons">
        <button className="button" type="button" autoFocus onClick={onClose}>
          Keep it
        </button>
        <button className="button danger" type="button" disabled={isSending} onClick={() => void cancel()}>
          {isSending ? 'Canceling' : 'Cancel order'}
        </button>
      </div>
    </Modal>
  );
}
