import { parseArn } from '../../kernel/arn.ts'
import { defineService } from '../../kernel/service.ts'
import { agreement } from './agreement.ts'
import { aliases } from './aliases.ts'
import type { Api } from './api.ts'
import { customKeyStores, inertOfStores } from './custom-key-stores.ts'
import { dataKeys } from './data-keys.ts'
import { encapsulation } from './encapsulation.ts'
import { encryption } from './encryption.ts'
import { grants } from './grants.ts'
import { imports } from './imports.ts'
import { jobs } from './jobs.ts'
import { keyPolicies } from './key-policies.ts'
import { keyStates } from './key-states.ts'
import { keys } from './keys.ts'
import model from './model.json' with { type: 'json' }
import { regions } from './regions.ts'
import { resources } from './resources.ts'
import { rotation } from './rotation.ts'
import { signing } from './signing.ts'
import { key } from './state.ts'
import { tags } from './tags.ts'
import { uses } from './use.ts'

/** Key Management Service: keys that are used here and never leave, sealed on disk. */
export const service = defineService<Api>()({
  id: 'kms',
  model,
  operations: {
    ...keys,
    ...keyStates,
    ...keyPolicies,
    ...encryption,
    ...dataKeys,
    ...signing,
    ...aliases,
    ...grants,
    ...rotation,
    ...tags,
    ...agreement,
    ...encapsulation,
    ...uses,
    ...regions,
    ...imports,
    ...customKeyStores,
  },
  planned: [],
  inert: {
    ...inertOfStores,
    '*.GrantTokens': 'Grants are in force as soon as they are made: there is nothing to bridge by a token.',
    'ListKeyPolicies.Limit': 'A key has one policy.',
    'ListKeyPolicies.Marker': 'A key has one policy.',
  },
  resources,
  jobs,
  async resourcePolicy(tx, arn) {
    const parsed = parseArn(arn)
    if (!parsed?.resource.startsWith('key/')) return undefined
    const home = tx.in({ account: parsed.account, region: parsed.region })
    const found = await home.get(key(parsed.resource.slice('key/'.length)))
    return found && { policy: found.policy, tags: { ...found.tags } }
  },
})
