import { parseArn } from '../../kernel/arn.ts'
import { defineService } from '../../kernel/service.ts'
import type { Api } from './api.ts'
import model from './model.json' with { type: 'json' }
import { pipes } from './pipes.ts'
import { resources } from './resources.ts'
import { refusedParameters } from './settings.ts'
import { settleJob } from './settle.ts'
import { pipe } from './state.ts'
import { tags } from './tags.ts'
import { pollJob } from './work.ts'

const inertOf = (operation: string) =>
  Object.fromEntries([
    ...Object.entries(refusedParameters).flatMap(([group, names]) =>
      names.map((name) => [`${operation}.${group}.${name}`, 'Refused by name: for what is not here.']),
    ),
    [`${operation}.LogConfiguration`, 'Refused by name.'],
    [`${operation}.TargetParameters.EventBridgeEventBusParameters.EndpointId`, 'Refused by name.'],
    [`${operation}.KmsKeyIdentifier`, 'Stored and returned; pipes are not encrypted with it.'],
  ])

/** EventBridge Pipes: from queues and streams, over filters and enrichments, to functions, queues, topics, streams, Firehoses, buses, log groups, APIs and API destinations. */
export const service = defineService<Api>()({
  id: 'pipes',
  model,
  operations: { ...pipes, ...tags },
  planned: [],
  inert: { ...inertOf('CreatePipe'), ...inertOf('UpdatePipe') },
  resources,
  jobs: { settle: settleJob, poll: pollJob },
  async resourcePolicy(tx, arn) {
    const { account = '', region = '', resource = '' } = parseArn(arn) ?? {}
    const found = await tx.in({ account, region }).get(pipe(resource.slice('pipe/'.length)))
    return found && { tags: { ...found.tags } }
  },
})
