import { keyspace } from '../../store/keyspace.ts'

/** What SetSMSAttributes was given last of each. */
export interface SmsSettings {
  readonly MonthlySpendLimit?: string | undefined
  readonly DefaultSenderID?: string | undefined
  readonly DefaultSMSType?: string | undefined
}

/** A number that somebody is to show to be theirs, by the password sent to it, or has. */
export interface SandboxNumber {
  readonly password?: string | undefined
  readonly verifiedAtMs?: number | undefined
}

export const sandboxNumber = keyspace('sns-sms').record<SandboxNumber, [phoneNumber: string]>('sandbox')
export const smsSettings = keyspace('sns-sms').record<SmsSettings, []>('settings')
