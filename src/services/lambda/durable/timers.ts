import type { Host } from '../../../kernel/host.ts'
import type { Tx } from '../../../kernel/records.ts'

export interface Timer {
  readonly id: string
  /** Of the operation; 0: the execution's own time. */
  readonly number: number
}

const kind = 'lambda:durable-timer'
const keyOf = ({ id, number }: Timer) => `${id} ${number}`

/** Has something happen to an operation, or (0) to the execution, at a time; there is one time for each. */
export function setTimer(tx: Tx, host: Host, timer: Timer, dueAtMs: number): void {
  host.deliveries.schedule(tx, { kind, scope: tx.scope, key: keyOf(timer), dueAtMs, data: timer })
}

export function dropTimer(tx: Tx, host: Host, timer: Timer): void {
  host.deliveries.cancel(tx, kind, tx.scope, keyOf(timer))
}
