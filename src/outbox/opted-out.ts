import { awsError } from '../kernel/errors.ts'
import type { Tx } from '../kernel/records.ts'
import { optedOut } from './state.ts'

/** The E.164 form: a country's code and up to 15 digits. */
export function isPhoneNumber(text: string): boolean {
  return /^\+[1-9]\d{1,14}$/.test(text)
}

/** From now on the number gets no messages: its owner has asked for that. Throws ValidationException for what is none. */
export function optOut(tx: Tx, phoneNumber: unknown, nowMs: number): void {
  if (typeof phoneNumber !== 'string' || !isPhoneNumber(phoneNumber)) {
    throw awsError('ValidationException', 'phoneNumber is a number like +4915112345678.', { status: 400 })
  }
  tx.set(optedOut(phoneNumber), { sinceMs: nowMs })
}
