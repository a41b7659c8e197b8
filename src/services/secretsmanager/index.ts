import { defineService } from '../../kernel/service.ts'
import type { Api } from './api.ts'
import { deletion } from './deletion.ts'
import { lookUp } from './find.ts'
import { jobs } from './jobs.ts'
import { listing } from './list.ts'
import model from './model.json' with { type: 'json' }
import { passwords } from './random-password.ts'
import { replication } from './replication.ts'
import { resourcePolicies } from './resource-policy.ts'
import { resources } from './resources.ts'
import { rotation } from './rotation.ts'
import { secrets } from './secrets.ts'
import { tags } from './tags.ts'
import { values } from './values.ts'

/** Secrets Manager: values that only some may read, in versions. They are rotated by functions; there are no replicas. */
export const service = defineService<Api>()({
  id: 'secretsmanager',
  model,
  operations: {
    ...secrets,
    ...values,
    ...listing,
    ...deletion,
    ...tags,
    ...resourcePolicies,
    ...passwords,
    ...rotation,
    ...replication,
  },
  planned: [],
  resources,
  jobs,
  async resourcePolicy(tx, arn) {
    const found = await lookUp(tx, arn)
    return found && { policy: found.secret.policy, tags: { ...found.secret.tags } }
  },
})
