import { parseArn } from '../../kernel/arn.ts'
import { defineService, type Service } from '../../kernel/service.ts'
import type { Api } from './api.ts'
import { getting } from './get.ts'
import { jobs } from './jobs.ts'
import { labels } from './labels.ts'
import { listing } from './list.ts'
import model from './model.json' with { type: 'json' }
import { putting } from './put.ts'
import { removing } from './remove.ts'
import { resources } from './resources.ts'
import { parameter } from './state.ts'
import { tags } from './tags.ts'

const here = defineService<Api>()({
  id: 'ssm',
  model,
  operations: { ...putting, ...getting, ...listing, ...labels, ...removing, ...tags },
  planned: [],
  resources,
  jobs,
  async resourcePolicy(tx, arn) {
    const parsed = parseArn(arn)
    if (!parsed?.resource.startsWith('parameter/')) return undefined
    const home = tx.in({ account: parsed.account, region: parsed.region })
    const path = parsed.resource.slice('parameter'.length)
    const found = (await home.get(parameter(path))) ?? (await home.get(parameter(path.slice(1))))
    return found && { tags: { ...found.tags } }
  },
})

/** Systems Manager's Parameter Store; the rest of Systems Manager is known by name alone. */
export const service: Service = {
  ...here,
  planned: Object.keys(model.operations).filter((name) => model.operations[name]?.bare),
}
