import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackDriftDetectionStatusCommand,
  DescribeStackResourceCommand,
  DescribeStackResourceDriftsCommand,
  DescribeStacksCommand,
  DetectStackDriftCommand,
  paginateDescribeStackEvents,
  type StackResourceDrift,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FoundResourceType } from '../../src/kernel/host.ts'
import type { ResourceType } from '../../src/kernel/resource.ts'
import { importIdentifier, lookUp } from '../../src/stacks/import.ts'
import { startNode, type TestNode } from '../harness.ts'
import { type Known, knownTypes } from './known-types.ts'
import { outside } from './outside.ts'
import type { Properties, Samples, TypeSample } from './sample.ts'

interface Case {
  readonly logicalId: string
  /** What changes; undefined for the resource as it is made of the least. */
  readonly property: string | undefined
  readonly before: Properties
  readonly after: Properties
}

/**
 * Walks through types: each is made, once for each of its properties, that property is changed (in place, or by a
 * replacement where the schema says so), it is changed and deleted behind the stack's back, which drift shows, the
 * property is taken away again, which leaves what was there without it, and it is deleted, which leaves nothing.
 */
export function walk(samples: Samples): void {
  let node: TestNode
  let cfn: CloudFormationClient
  beforeAll(async () => {
    node = await startNode({ ephemeral: true })
    cfn = node.client(CloudFormationClient)
  })
  afterAll(() => node.close())

  const settled = async (StackName: string): Promise<string> => {
    for (;;) {
      const { Stacks = [] } = await cfn.send(new DescribeStacksCommand({ StackName }))
      const { StackStatus = '' } = Stacks[0]!
      if (!StackStatus.endsWith('_IN_PROGRESS')) return StackStatus
      node.clock.advance(100)
      await new Promise((done) => setTimeout(done, 5))
    }
  }
  /** What went wrong, in the words of the events. */
  const outcome = async (StackName: string) => {
    const status = await settled(StackName)
    const failures: string[] = []
    if (/FAILED|ROLLBACK/.test(status))
      for await (const { StackEvents = [] } of paginateDescribeStackEvents({ client: cfn }, { StackName }))
        for (const { ResourceStatus, LogicalResourceId, ResourceStatusReason } of StackEvents)
          if (ResourceStatus?.endsWith('_FAILED')) failures.push(`${LogicalResourceId}: ${ResourceStatusReason}`)
    return { status, failures }
  }
  /** Properties as they were given to the type, by logical id, at the latest event of that status. */
  const given = async (StackName: string, statuses: readonly string[]) => {
    const found = new Map<string, Properties>()
    for await (const { StackEvents = [] } of paginateDescribeStackEvents({ client: cfn }, { StackName }))
      for (const event of StackEvents)
        if (
          statuses.includes(event.ResourceStatus!) &&
          event.ResourceProperties &&
          !found.has(event.LogicalResourceId!)
        )
          found.set(event.LogicalResourceId!, JSON.parse(event.ResourceProperties) as Properties)
    return found
  }
  const idOf = async (StackName: string, LogicalResourceId: string) =>
    (await cfn.send(new DescribeStackResourceCommand({ StackName, LogicalResourceId }))).StackResourceDetail!
      .PhysicalResourceId!
  const drifts = async (StackName: string) => {
    const { StackDriftDetectionId } = await cfn.send(new DetectStackDriftCommand({ StackName }))
    const status = () => cfn.send(new DescribeStackDriftDetectionStatusCommand({ StackDriftDetectionId }))
    await expect.poll(async () => (await status()).DetectionStatus).not.toBe('DETECTION_IN_PROGRESS')
    const { DetectionStatus, DetectionStatusReason } = await status()
    expect({ DetectionStatus, DetectionStatusReason }).toMatchObject({ DetectionStatus: 'DETECTION_COMPLETE' })
    const found = new Map<string, StackResourceDrift>()
    let NextToken: string | undefined
    do {
      const page = await cfn.send(
        new DescribeStackResourceDriftsCommand({ StackName, ...(NextToken && { NextToken }) }),
      )
      for (const drift of page.StackResourceDrifts ?? []) found.set(drift.LogicalResourceId!, drift)
      NextToken = page.NextToken
    } while (NextToken !== undefined)
    return found
  }

  describe.each(Object.entries(samples))('%s', (name, sample) => {
    const StackName = name.replaceAll('::', '-')
    const Capabilities = ['CAPABILITY_NAMED_IAM' as const]
    const cases = casesOf(sample)
    let known: Known
    let read: ResourceType['read']
    beforeAll(async () => {
      known = (await knownTypes()).get(name)!
      read = known.type.read
    })
    const replaces = ({ property }: Case) =>
      property !== undefined &&
      (known.type.update === undefined ||
        known.schema.properties[property]?.replace === 'yes' ||
        (known.type.replaceOn ?? []).includes(property as never))
    const ids = async () =>
      new Map(await Promise.all(cases.map(async (one) => [one, await idOf(StackName, one.logicalId)] as const)))

    test('every property that works has a change, or a reason why not', () => {
      const walked = [...Object.keys(sample.changes), ...Object.keys(sample.still ?? {})]
      expect(walked.sort()).toEqual([...known.type.properties].sort())
    })

    test('is made, changed in place or replaced as its schema says, found to drift, and deleted', async () => {
      const make = { StackName, Capabilities, TemplateBody: templateOf(name, sample, cases, () => 'before') }
      await cfn.send(new CreateStackCommand(make))
      expect(await outcome(StackName)).toEqual({ status: 'CREATE_COMPLETE', failures: [] })
      const first = await ids()
      const rx = (logicalId: string) => outside(node, { name, logicalId })
      const removable = cases.filter(
        (one) =>
          one.property !== undefined &&
          !replaces(one) &&
          !Object.hasOwn(one.before, one.property) &&
          !Object.hasOwn({ ...sample.unread, ...sample.oneWay, ...sample.leaves }, one.property),
      )
      const live = async (one: Case, given: Properties) => {
        const { logicalId, property } = one
        const found = await read?.(first.get(one)!, given, rx(logicalId))
        return { logicalId, value: shown(found?.[property!]) }
      }
      const made = await given(StackName, ['CREATE_COMPLETE'])
      const defaults = await Promise.all(removable.map((one) => live(one, made.get(one.logicalId)!)))

      if (cases.length > 1) {
        await cfn.send(
          new UpdateStackCommand({ ...make, TemplateBody: templateOf(name, sample, cases, () => 'after') }),
        )
        expect(await outcome(StackName)).toEqual({ status: 'UPDATE_COMPLETE', failures: [] })
      }
      const second = await ids()
      const moved = cases.filter((one) => first.get(one) !== second.get(one)).map(({ logicalId }) => logicalId)
      const replaced = cases.filter(replaces)
      const renamed = replaced.filter(({ property }) => !sample.namesake?.includes(property!))
      expect(moved).toEqual(renamed.map(({ logicalId }) => logicalId))

      // The change has arrived: what is there is what the template says now.
      const inStep = await drifts(StackName)
      if (sample.unseen !== undefined) expect(read).toBeUndefined()
      for (const { logicalId, property } of sample.unseen === undefined ? cases : []) {
        const drift = inStep.get(logicalId)
        const { StackResourceDriftStatus: status, PropertyDifferences } = drift ?? {}
        expect({ logicalId, status, PropertyDifferences }).toEqual({
          logicalId,
          status: 'IN_SYNC',
          PropertyDifferences: [],
        })
        if (property === undefined || Object.hasOwn(sample.unread ?? {}, property)) continue
        expect(Object.keys(JSON.parse(drift?.ExpectedProperties ?? '{}'))).toContain(property)
      }

      const props = {
        before: made,
        after: new Map([...made, ...(await given(StackName, ['UPDATE_COMPLETE']))]),
      }
      if (read && sample.remains === undefined) {
        for (const one of replaced) {
          const left = await read(first.get(one)!, props.before.get(one.logicalId)!, rx(one.logicalId))
          expect({ logicalId: one.logicalId, left }).toEqual({ logicalId: one.logicalId, left: undefined })
        }
      }
      if (sample.unseen === undefined) {
        const inPlace = cases.filter(
          (one) =>
            one.property !== undefined &&
            !replaces(one) &&
            !Object.hasOwn({ ...sample.unread, ...sample.oneWay }, one.property),
        )
        for (const one of inPlace) {
          const [was, is] = [props.before.get(one.logicalId)!, props.after.get(one.logicalId)!]
          await known.type.update!(second.get(one)!, was, is, rx(one.logicalId))
        }
        const base = cases[0]!
        await known.type.delete(second.get(base)!, props.after.get(base.logicalId)!, rx(base.logicalId))
        const apart = await drifts(StackName)
        for (const one of inPlace) {
          const { logicalId, property } = one
          const { StackResourceDriftStatus: status, PropertyDifferences = [] } = apart.get(logicalId)!
          const where = PropertyDifferences.map(({ PropertyPath }) => PropertyPath!.split('/')[1])
          expect({ logicalId, status, where }).toEqual({
            logicalId,
            status: 'MODIFIED',
            where: expect.arrayContaining([property]),
          })
          // Put back: what stands beside is deleted in its own order.
          const [was, is] = [props.before.get(logicalId)!, props.after.get(logicalId)!]
          const state = await known.type.update!(second.get(one)!, is, was, rx(logicalId))
          if (known.type.adopt) {
            const identifier = importIdentifier(known as unknown as FoundResourceType)!
            const value = state.attributes?.[identifier] ?? was[identifier] ?? state.id
            const adopted = await lookUp(known as unknown as FoundResourceType, String(value), rx(logicalId))
            expect({ logicalId, ...adopted }).toEqual({ logicalId, ...state })
          }
        }
        if (sample.remains === undefined) {
          expect(apart.get(base.logicalId)).toMatchObject({ StackResourceDriftStatus: 'DELETED' })
        }
      }

      if (removable.length > 0) {
        const TemplateBody = templateOf(name, sample, cases, (one) => (removable.includes(one) ? 'before' : 'after'))
        await cfn.send(new UpdateStackCommand({ ...make, TemplateBody }))
        expect(await outcome(StackName)).toEqual({ status: 'UPDATE_COMPLETE', failures: [] })
        expect(await Promise.all(removable.map((one) => live(one, made.get(one.logicalId)!)))).toEqual(defaults)
      }

      await cfn.send(new DeleteStackCommand({ StackName }))
      const gone = cfn.send(new DescribeStacksCommand({ StackName })).then(({ Stacks }) => Stacks![0]!.StackId!)
      const stackId = await gone.catch(() => undefined)
      if (stackId !== undefined) expect(await outcome(stackId)).toEqual({ status: 'DELETE_COMPLETE', failures: [] })
      if (!read || sample.remains !== undefined) return
      for (const one of cases) {
        const left = await read(second.get(one)!, props.after.get(one.logicalId)!, rx(one.logicalId))
        expect({ logicalId: one.logicalId, left }).toEqual({ logicalId: one.logicalId, left: undefined })
      }
    })
  })
}

/** As JSON has it; what is empty is not there. */
function shown(value: unknown): unknown {
  const plain: unknown = JSON.parse(JSON.stringify(value ?? null))
  if (plain === null || plain === '' || plain === false) return undefined
  return typeof plain === 'object' && Object.keys(plain).length === 0 ? undefined : plain
}

function casesOf(sample: TypeSample): Case[] {
  const base: Case = { logicalId: 'It', property: undefined, before: sample.base, after: sample.base }
  const changes = Object.entries(sample.changes).map(([property, { to, from = {} }]): Case => {
    const before = { ...sample.base, ...from }
    return { logicalId: `It${property}`, property, before, after: { ...before, [property]: to } }
  })
  return [base, ...changes]
}

function templateOf(
  name: string,
  { beside = {} }: TypeSample,
  cases: readonly Case[],
  when: (one: Case) => 'before' | 'after',
): string {
  const resources: Record<string, unknown> = {}
  const each = (id: string, value: unknown, at: string) => {
    resources[id.replaceAll('~', at)] = JSON.parse(JSON.stringify(value).replaceAll('~', at))
  }
  for (const one of cases) {
    const at = one.property ?? 'Base'
    for (const [id, value] of Object.entries(beside)) each(id, value, at)
    each(one.logicalId, { Type: name, Properties: one[when(one)] }, at)
  }
  return JSON.stringify({ Resources: resources })
}
