import { expect, test } from 'vitest'
import type { FoundResourceType } from '../kernel/host.ts'
import { refactor } from './refactor.ts'
import type { Made, StackResource } from './resource.ts'
import { readTemplate } from './template.ts'
import type { Value } from './value.ts'

const type = 'AWS::SQS::Queue'
const queues: FoundResourceType = {
  type: { properties: ['QueueName', 'DelaySeconds', 'Tags'] } as never,
  schema: {
    properties: {
      QueueName: { type: 'string' },
      DelaySeconds: { type: 'integer' },
      Tags: { type: { list: 'tag' } },
    },
    attributes: { Arn: 'string' },
    definitions: {},
  } as never,
}

const perStack = 500

/** Stacks of 500 queues each, which are called `Old0`, `Old1`, … and are to be called something else. */
function renaming(stacks: number, propertiesOf: (i: number) => Record<string, Value>, to = 'New') {
  const environment = {
    ...{ account: '000000000000', region: 'us-east-1', notificationArns: [], parameters: {} },
  }
  const stackOf = (index: number) => {
    const numbers = Array.from({ length: perStack }, (_, i) => index * perStack + i)
    const current = numbers.map((i): StackResource => {
      const made = { type, id: `queue-${i}`, properties: propertiesOf(i), attributes: {}, tags: {}, dependsOn: [] }
      // What a live resource has besides is not looked at when resources are matched.
      const now = made as unknown as Made
      return { logicalId: `Old${i}`, type, status: 'CREATE_COMPLETE', updatedAtMs: 0, now }
    })
    const Resources = Object.fromEntries(numbers.map((i) => [`${to}${i}`, { Type: type, Properties: propertiesOf(i) }]))
    const [id, name] = [`arn${index}`, `s${index}`]
    const template = readTemplate({ Resources })
    return { uuid: id, id, name, template, environment: { ...environment, stackId: id, stackName: name }, current }
  }
  const all = Array.from({ length: stacks }, (_, index) => stackOf(index))
  return () => refactor({ stacks: all, types: new Map([[type, queues]]), exported: () => undefined, mappings: [] })
}

test('thousands of resources that have other names are told apart by what is rare in them', () => {
  const alike = { DelaySeconds: 5, Tags: [{ Key: 'team', Value: 'one' }] }
  const { moves } = renaming(5, (i) => ({ QueueName: `q${i}`, ...alike }))()
  expect(moves).toHaveLength(2_500)
  expect(moves.every(({ from, to }) => from.logicalId.slice(3) === to.logicalId.slice(3))).toBe(true)
})

test('resources that are alike are not guessed at, and too many of them not compared', () => {
  expect(renaming(1, () => ({ DelaySeconds: 5 }))).toThrow('or may be several of them')
  expect(renaming(5, () => ({ DelaySeconds: 5 }))).toThrow('Name both in ResourceMappings')
  expect(renaming(5, () => ({ DelaySeconds: 5 }), 'Old')().moves).toEqual([])
})
