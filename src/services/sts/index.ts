import { defineService } from '../../kernel/service.ts'
import type { Api } from './api.ts'
import { assuming } from './assume-role.ts'
import { identity } from './identity.ts'
import model from './model.json' with { type: 'json' }
import { assumeRole } from './role.ts'

/** Security Token Service: temporary credentials. */
export const service = defineService<Api>()({
  id: 'sts',
  model,
  operations: { ...assuming, ...identity },
  planned: [
    'AssumeRoleWithSAML',
    'AssumeRoleWithWebIdentity',
    'AssumeRoot',
    'DecodeAuthorizationMessage',
    'GetDelegatedAccessToken',
    'GetFederationToken',
    'GetWebIdentityToken',
  ],
  assumeRole,
})
