import { parseArn } from '../../kernel/arn.ts'
import { defineService } from '../../kernel/service.ts'
import type { Api } from './api.ts'
import { clear } from './clear.ts'
import { deliver } from './deliver.ts'
import { groups } from './groups.ts'
import model from './model.json' with { type: 'json' }
import { resources } from './resources.ts'
import { schedules } from './schedules.ts'
import { scheduleGroup } from './state.ts'
import { tags } from './tags.ts'
import { refusedParameters } from './targets.ts'
import { tick } from './tick.ts'

const refused = (operation: string) =>
  refusedParameters.map((name) => [`${operation}.Target.${name}`, 'Refused by name: for targets that are not here.'])
const unencrypted = 'Stored and returned; schedules are not encrypted with it.'

/** EventBridge Scheduler: calls an API at times of its schedules, as their role. */
export const service = defineService<Api>()({
  id: 'scheduler',
  model,
  operations: { ...schedules, ...groups, ...tags },
  planned: [],
  inert: {
    ...Object.fromEntries([...refused('CreateSchedule'), ...refused('UpdateSchedule')]),
    'CreateSchedule.KmsKeyArn': unencrypted,
    'UpdateSchedule.KmsKeyArn': unencrypted,
  },
  resources,
  jobs: { tick, deliver, clear },
  async resourcePolicy(tx, arn) {
    const { account = '', region = '', resource = '' } = parseArn(arn) ?? {}
    const [kind, name = ''] = resource.split('/')
    const found = kind === 'schedule-group' && (await tx.in({ account, region }).get(scheduleGroup(name)))
    return found ? { tags: { ...found.tags } } : undefined
  },
})
