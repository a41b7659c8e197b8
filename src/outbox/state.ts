import { keyspace } from '../store/keyspace.ts'

/** Something for a person that was not sent: there is no way out of the node for it. Kept to be looked at. */
export interface Letter {
  readonly channel: 'email' | 'sms' | 'push'
  /** An address, a phone number, an endpoint's ARN. */
  readonly to: string
  /** Name or id of the sender, as it would be shown. */
  readonly from?: string | undefined
  readonly subject?: string | undefined
  readonly text: string
  /** ARN of what sent it. */
  readonly source?: string | undefined
  /** The link in it that confirms, if it asks for that. */
  readonly confirmUrl?: string | undefined
}

export interface KeptLetter extends Letter {
  readonly atMs: number
}

const outbox = keyspace('outbox')

/** Ids begin with the time: they are in its order. */
export const letter = outbox.record<KeptLetter, [id: string]>('letter')
export const letterCount = outbox.record<number, []>('letter-count')
/** Since when (epoch ms) the owner of a number wants no messages. */
export const optedOut = outbox.record<{ readonly sinceMs: number }, [phoneNumber: string]>('opted-out')
