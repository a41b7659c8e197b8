import { countUpTo } from '../../kernel/count-up-to.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import { boundsOfPage, pageOf } from '../../kernel/page-token.ts'
import type { ReadTx } from '../../kernel/records.ts'
import { isPhoneNumber } from '../../outbox/opted-out.ts'
import type { Api } from './api.ts'
import { invalid } from './names.ts'
import { sandboxNumber } from './sms-state.ts'
import { keepText } from './text-message.ts'

const pageSize = 100
/** Numbers that are verified or to be. https://docs.aws.amazon.com/sns/latest/dg/sns-sms-sandbox.html */
const mostNumbers = 10
const dayMs = 86_400_000

/** Numbers of which somebody has shown, by the password sent to them, that they may be sent text messages. */
export const smsSandbox = operations<Api>()({
  CreateSMSSandboxPhoneNumber: {
    authorize: () => [{ action: 'sns:CreateSMSSandboxPhoneNumber', resource: '*' }],
    async write(tx, { PhoneNumber: to }, ctx) {
      if (!isPhoneNumber(to)) throw invalid('PhoneNumber Reason: input incorrectly formatted')
      const before = await tx.get(sandboxNumber(to))
      if (before?.verifiedAtMs !== undefined) throw awsError('UserErrorException', `${to} is verified already.`)
      if (!before && (await countNumbers(tx)) >= mostNumbers) {
        throw awsError('UserErrorException', `An account can have at most ${mostNumbers} numbers in the sandbox.`)
      }
      const password = ctx.ids.token(6, '0123456789')
      const text = `Your verification code is ${password}.`
      await keepText(tx, { to, text }, { messageId: ctx.ids.uuid(), atMs: ctx.nowMs })
      tx.set(sandboxNumber(to), { password })
      return {}
    },
  },

  VerifySMSSandboxPhoneNumber: {
    authorize: () => [{ action: 'sns:VerifySMSSandboxPhoneNumber', resource: '*' }],
    async write(tx, { PhoneNumber: number, OneTimePassword }, ctx) {
      const { password, verifiedAtMs } = await locateNumber(tx, number)
      if (verifiedAtMs !== undefined) return {}
      if (password !== OneTimePassword) {
        const message = 'The one-time password is not the one that was sent.'
        throw awsError('VerificationException', message, { members: { Status: 'Failed' } })
      }
      tx.set(sandboxNumber(number), { verifiedAtMs: ctx.nowMs })
      return {}
    },
  },

  ListSMSSandboxPhoneNumbers: {
    authorize: () => [{ action: 'sns:ListSMSSandboxPhoneNumbers', resource: '*' }],
    async read(tx, { NextToken, MaxResults: limit = pageSize }) {
      const bounds = boundsOfPage(NextToken, () => invalid('NextToken'))
      const found = tx.range(sandboxNumber.between([], bounds), { limit: limit + 1 })
      const { items, next } = await pageOf(found, limit, ({ key }) => key)
      return {
        PhoneNumbers: items.map(({ key: [PhoneNumber], value }) => ({
          PhoneNumber,
          Status: value.verifiedAtMs === undefined ? ('Pending' as const) : ('Verified' as const),
        })),
        NextToken: next,
      }
    },
  },

  DeleteSMSSandboxPhoneNumber: {
    authorize: () => [{ action: 'sns:DeleteSMSSandboxPhoneNumber', resource: '*' }],
    async write(tx, { PhoneNumber: number }, ctx) {
      const { verifiedAtMs } = await locateNumber(tx, number)
      if (verifiedAtMs !== undefined && ctx.nowMs < verifiedAtMs + dayMs) {
        throw awsError('UserErrorException', 'A verified number can be deleted a day after it was verified.')
      }
      tx.delete(sandboxNumber(number))
      return {}
    },
  },
})

async function locateNumber(tx: ReadTx, number: string) {
  const found = await tx.get(sandboxNumber(number))
  if (!found) throw awsError('ResourceNotFoundException', 'The number is not in the sandbox.')
  return found
}

function countNumbers(tx: ReadTx): Promise<number> {
  return countUpTo(tx, sandboxNumber.under(), mostNumbers)
}
