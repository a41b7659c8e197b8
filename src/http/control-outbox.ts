import { awsError } from '../kernel/errors.ts'
import { optOut } from '../outbox/opted-out.ts'
import { findLetter, listLetters, outboxLimits } from '../outbox/outbox.ts'
import type { Route } from './control-route.ts'

const mostListed = 1_000

/** What there was no way out of the node for: mail without a mail server, text messages, notifications of devices. */
export const outboxRoutes: Readonly<Record<string, Route>> = {
  async 'GET outbox'({ query, scope, rest, allow }, { host }) {
    const nowMs = host.clock.nowMs()
    if (rest !== '') {
      await allow('landfall:GetLetter', '*')
      const found = await host.records.read(scope, (tx) => findLetter(tx, rest, nowMs))
      if (found) return found
      const days = outboxLimits.ageMs / 86_400_000
      throw awsError(
        'NotFound',
        `The outbox has no ${rest} (any more): it keeps the last ${outboxLimits.letters} for ${days} days.`,
        {
          status: 404,
        },
      )
    }
    const limit = Number(query.get('limit') ?? 100)
    if (!(Number.isInteger(limit) && limit >= 1 && limit <= mostListed)) {
      throw awsError('ValidationException', `limit is a whole number from 1 to ${mostListed}.`, { status: 400 })
    }
    await allow('landfall:ListLetters', '*')
    const after = query.get('after') || undefined
    return host.records.read(scope, (tx) => listLetters(tx, { nowMs, limit, after }))
  },
  async 'POST outbox'({ scope, rest, body, allow }, { host }) {
    if (rest !== 'opt-out') {
      throw awsError('ValidationException', 'Post to /_landfall/outbox/opt-out', { status: 400 })
    }
    await allow('landfall:OptOutPhoneNumber', '*')
    const { phoneNumber } = body()
    await host.records.write(scope, (tx) => optOut(tx, phoneNumber, host.clock.nowMs()))
    return {}
  },
}
