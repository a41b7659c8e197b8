import { keyspace } from '../../store/keyspace.ts'

/** What SetSMSAttributes was given last of each. */
export interface SmsSettings {
  readonly MonthlySpendLimit?: string | undefined
  readonly DefaultSenderID?: string | undefined
  readonly DefaultSMSType?: string | undefined
}

export const smsSettings = keyspace('sns-sms').record<SmsSettings, []>('settings')
