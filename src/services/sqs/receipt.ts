import { awsError } from '../../kernel/errors.ts'

/** What a receipt handle holds: where the message was put by the receive, and the proof that it is the latest. */
export interface Receipt {
  readonly generation: string
  readonly id: string
  readonly nonce: string
  /** Standard queues: the time in the message's ready entry. */
  readonly visibleAtMs: number
}

/** A receipt handle, opaque to clients. */
export function toHandle({ generation, id, nonce, visibleAtMs }: Receipt): string {
  return Buffer.from(`1 ${generation} ${id} ${nonce} ${visibleAtMs}`).toString('base64')
}

/** Reads a receipt handle. Throws ReceiptHandleIsInvalid for anything we never gave out. */
export function fromHandle(handle: string): Receipt {
  const parts = handle.length <= 1_024 ? Buffer.from(handle, 'base64').toString('latin1').split(' ') : []
  const [format, generation, id, nonce, at] = parts
  if (parts.length !== 5 || format !== '1' || !generation || !id || !nonce || !/^\d{1,16}$/.test(at ?? '')) {
    throw awsError(
      'ReceiptHandleIsInvalid',
      `The input receipt handle "${handle.slice(0, 200)}" is not a valid receipt handle.`,
    )
  }
  return { generation, id, nonce, visibleAtMs: Number(at) }
}
