import { accountOfAccessKey } from '../../authn/access-key-id.ts'
import { mintSession } from '../../authn/session.ts'
import { accessDenied } from '../../authz/denied.ts'
import { operations } from '../../kernel/operation.ts'
import type { Api } from './api.ts'
import { describeCredentials } from './assume-role.ts'
import { invalid, refuseTokenSize } from './session-input.ts'

const usualSec = 12 * 3_600
const rootSec = 3_600

/** Who one is, and temporary credentials for oneself. Neither needs a permission. */
export const identity = operations<Api>()({
  GetCallerIdentity: {
    authorize: 'none',
    read(_tx, _input, { principal }) {
      return { UserId: principal.userId, Account: principal.account, Arn: principal.arn }
    },
  },

  GetSessionToken: {
    authorize: 'none',
    async call(input, ctx) {
      const { DurationSeconds, SerialNumber, TokenCode } = input
      refuseTokenSize(input)
      if (SerialNumber !== undefined || TokenCode !== undefined)
        throw invalid('SerialNumber and TokenCode are not supported: there are no MFA devices here.')
      const { principal } = ctx
      if (principal.session || (principal.kind !== 'user' && principal.kind !== 'root')) {
        throw accessDenied('Cannot call GetSessionToken with session credentials')
      }
      const asked = DurationSeconds ?? usualSec
      const durationSec = principal.kind === 'root' ? Math.min(asked, rootSec) : asked
      const { accessKeyId: _, ...owner } = principal
      const credentials = await mintSession(
        {
          ...owner,
          session: {
            name: principal.name ?? 'root',
            issuedAtMs: ctx.nowMs,
            expiresAtMs: ctx.nowMs + durationSec * 1000,
            policies: [],
            policyArns: [],
            tags: {},
          },
        },
        ctx.host,
      )
      return { Credentials: describeCredentials(credentials) }
    },
  },

  GetAccessKeyInfo: {
    authorize: () => [{ action: 'sts:GetAccessKeyInfo', resource: '*' }],
    read(_tx, { AccessKeyId }) {
      const account = accountOfAccessKey(AccessKeyId)
      if (account === undefined) throw invalid(`${AccessKeyId} is not an access key id that names an account.`)
      return { Account: account }
    },
  },
})
