import { operations } from '../../kernel/operation.ts'
import { toPageToken } from '../../kernel/page-token.ts'
import { isPhoneNumber } from '../../outbox/opted-out.ts'
import { optedOut } from '../../outbox/state.ts'
import type { Api } from './api.ts'
import { invalid } from './names.ts'
import { type SmsSettings, smsSettings } from './sms-state.ts'
import { pageStart } from './topics.ts'

/** As the real service: https://docs.aws.amazon.com/sns/latest/api/API_ListPhoneNumbersOptedOut.html */
const pageSize = 100
const readers: Readonly<Record<keyof SmsSettings, RegExp>> = {
  MonthlySpendLimit: /^\d{1,9}$/,
  DefaultSenderID: /^(?=.*[A-Za-z])[A-Za-z0-9]{1,11}$/,
  DefaultSMSType: /^(?:Promotional|Transactional)$/,
}
/** Of what is not here: logs and reports of deliveries. */
const refused = ['DeliveryStatusIAMRole', 'DeliveryStatusSuccessSamplingRate', 'UsageReportS3Bucket']

/** Text messages: what holds for all of them, and who wants none. */
export const sms = operations<Api>()({
  SetSMSAttributes: {
    authorize: () => [{ action: 'sns:SetSMSAttributes', resource: '*' }],
    async write(tx, { attributes }) {
      const given = Object.entries(attributes as Record<string, string>)
      for (const [name, value] of given) {
        if (refused.includes(name)) throw invalid(`attributes Reason: ${name} is not supported by Landfall so far.`)
        const form = isSetting(name) ? readers[name] : undefined
        if (!form) throw invalid(`attributes Reason: there is no ${name.slice(0, 100)}`)
        if (!form.test(value)) throw invalid(`attributes Reason: ${name}`)
      }
      tx.set(smsSettings(), { ...(await tx.get(smsSettings())), ...Object.fromEntries(given) })
      return {}
    },
  },

  GetSMSAttributes: {
    authorize: () => [{ action: 'sns:GetSMSAttributes', resource: '*' }],
    async read(tx, { attributes: asked = [] }) {
      const set = Object.entries((await tx.get(smsSettings())) ?? {}).filter(([, value]) => value !== undefined)
      return { attributes: Object.fromEntries(set.filter(([name]) => asked.length === 0 || asked.includes(name))) }
    },
  },

  CheckIfPhoneNumberIsOptedOut: {
    authorize: () => [{ action: 'sns:CheckIfPhoneNumberIsOptedOut', resource: '*' }],
    async read(tx, { phoneNumber }) {
      return { isOptedOut: (await tx.get(optedOut(checked(phoneNumber)))) !== undefined }
    },
  },

  ListPhoneNumbersOptedOut: {
    authorize: () => [{ action: 'sns:ListPhoneNumbersOptedOut', resource: '*' }],
    async read(tx, { nextToken }) {
      const after = nextToken === undefined ? {} : { after: [pageStart(nextToken)] }
      const numbers: string[] = []
      for await (const [number] of tx.keys(optedOut.between([], after), { limit: pageSize + 1 })) numbers.push(number)
      const page = numbers.slice(0, pageSize)
      return { phoneNumbers: page, nextToken: numbers.length > pageSize ? toPageToken(page.at(-1) ?? '') : undefined }
    },
  },

  OptInPhoneNumber: {
    authorize: () => [{ action: 'sns:OptInPhoneNumber', resource: '*' }],
    async write(tx, { phoneNumber }) {
      tx.delete(optedOut(checked(phoneNumber)))
      return {}
    },
  },

  /** Messages go to the outbox whatever the number: there is nothing that a sandbox would keep from. */
  GetSMSSandboxAccountStatus: {
    authorize: () => [{ action: 'sns:GetSMSSandboxAccountStatus', resource: '*' }],
    async read() {
      return { IsInSandbox: false }
    },
  },

  /** Numbers to send from are rented from the telephone networks; nobody has one here. */
  ListOriginationNumbers: {
    authorize: () => [{ action: 'sns:ListOriginationNumbers', resource: '*' }],
    async read(_tx, { NextToken }) {
      if (NextToken !== undefined) throw invalid('NextToken')
      return { PhoneNumbers: [] }
    },
  },
})

function isSetting(name: string): name is keyof SmsSettings {
  return Object.hasOwn(readers, name)
}

function checked(phoneNumber: string): string {
  if (!isPhoneNumber(phoneNumber)) throw invalid('PhoneNumber Reason: input incorrectly formatted')
  return phoneNumber
}
