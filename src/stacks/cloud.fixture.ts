import { createClock } from '../kernel/clock.ts'
import { awsError } from '../kernel/errors.ts'
import type { FoundResourceType } from '../kernel/host.ts'
import { servicePrincipal } from '../kernel/principal.ts'
import type { Tx } from '../kernel/records.ts'
import { type ResourceType, resource } from '../kernel/resource.ts'
import { deploy } from './deploy.ts'
import type { Deployment, Target } from './deployment.ts'
import { memoryLedger } from './memory-ledger.fixture.ts'
import { parseTemplate } from './parse.ts'
import { readTemplate } from './template.ts'

interface Props {
  Name?: string
  Size?: number
  Fixed?: string
  Fail?: string
  Wait?: boolean
  Tags?: readonly { Key: string; Value: string }[]
}

/** A cloud of things, in which a run can be broken off at any durable step. */
export function cloud() {
  const things = new Map<string, Record<string, unknown>>()
  const calls: string[] = []
  const clock = createClock(0, () => 1_000)
  let stop = new AbortController()
  let left = Number.POSITIVE_INFINITY
  let writes = 0
  const onWrite = () => {
    writes += 1
    if (left-- <= 0) {
      stop.abort(new Error('power cut'))
      throw stop.signal.reason
    }
  }
  const ledger = memoryLedger(onWrite)
  const operations: Record<string, (input: Record<string, string>) => Record<string, unknown>> = {
    'fake:Create'(input) {
      if (input.Fail === 'sabotage') things.delete('a')
      if (input.Fail === 'create' || input.Fail === 'sabotage')
        throw awsError('LimitExceededException', 'No more of these.')
      const id = input.Name as string
      if (things.has(id)) throw awsError('AlreadyExistsException', `${id} exists.`)
      things.set(id, { ...input })
      return { Id: id }
    },
    'fake:Configure'(input) {
      const thing = things.get(input.Id as string)
      if (!thing) throw awsError('NotFoundException', 'Not there.')
      if (input.Fail === 'configure') throw awsError('InvalidParameterException', 'Not like that.')
      Object.assign(thing, input)
      return {}
    },
    'fake:Describe'(input) {
      const thing = things.get(input.Id as string)
      return thing === undefined ? {} : { Thing: thing }
    },
    'fake:Delete'(input) {
      if (things.get(input.Id as string)?.Fail === 'delete') throw awsError('InUseException', 'Still in use.')
      things.delete(input.Id as string)
      return {}
    },
  }
  const type: ResourceType<Props> = {
    properties: ['Name', 'Size', 'Fixed', 'Fail', 'Wait', 'Tags'],
    async create(props, rx) {
      const { Id } = await rx.invoke<{ Id: string }>('fake:Create', { ...props, Name: props.Name ?? rx.name() })
      if (props.Wait) await rx.sleepUntil(1_000_000)
      await rx.invoke('fake:Configure', { Id, Fail: props.Fail, Size: props.Size })
      return { id: Id, attributes: { Arn: `arn:${Id}` } }
    },
    async update(id, props, _previous, rx) {
      await rx.invoke('fake:Configure', { Id: id, Fail: props.Fail, Size: props.Size })
      // What has been changed by then stays.
      if (props.Fail === 'halfway') await rx.invoke('fake:Configure', { Id: id, Fail: 'configure' })
      return { id, attributes: { Arn: `arn:${id}` } }
    },
    async delete(id, _props, rx) {
      await rx.invoke('fake:Delete', { Id: id })
    },
    async read(id, _props, rx) {
      return (await rx.invoke<{ Thing?: Record<string, unknown> }>('fake:Describe', { Id: id })).Thing
    },
    adopt: (id) => ({ id, attributes: { Arn: `arn:${id}` } }),
  }
  const found: FoundResourceType = {
    type: resource(type),
    schema: {
      properties: {
        Name: { type: 'string', replace: 'yes' },
        Size: { type: 'number' },
        Fixed: { type: 'string', replace: 'yes' },
        Fail: { type: 'string' },
        Wait: { type: 'boolean' },
        Tags: { type: { list: 'tag' } },
      },
      attributes: { Arn: 'string' },
      primaryIdentifier: ['Name'],
      tags: { property: 'Tags', as: 'standard' },
      definitions: {},
    },
  }
  /** A part's physical id is its name alone, which it shares with parts of other things. */
  const part: FoundResourceType = {
    type: resource<{ Of: string; Name: string; Size?: number }>({
      properties: ['Of', 'Name', 'Size'],
      async create({ Of, Name }, rx) {
        await rx.invoke('fake:Create', { Name: `${Of}/${Name}` })
        return { id: Name }
      },
      async update(id, { Of, Name, Size }, _previous, rx) {
        await rx.invoke('fake:Configure', { Id: `${Of}/${Name}`, Size })
        return { id }
      },
      async delete(_id, { Of, Name }, rx) {
        await rx.invoke('fake:Delete', { Id: `${Of}/${Name}` })
      },
    }),
    schema: {
      properties: {
        Of: { type: 'string', required: true, replace: 'yes' },
        Name: { type: 'string', required: true, replace: 'yes' },
        Size: { type: 'number' },
      },
      attributes: {},
      primaryIdentifier: ['Of', 'Name'],
      definitions: {},
    },
  }
  const types = new Map([
    ['T', found],
    ['Part', part],
  ])
  let ids = 0
  const run = () =>
    deploy(
      {
        stack: { account: '1', region: 'r', stackId: 'sid', stackName: 's' },
        baseUrl: 'http://x',
        signal: stop.signal,
        nowMs: () => clock.nowMs(),
        newId: () => `token-${ids++}`,
        until: (atMs, signal) => clock.until(atMs, signal),
        records: {
          read: () => Promise.reject(new Error('no store')),
          write: () => Promise.reject(new Error('no store')),
          watch: async function* () {},
        },
        answerUrl: () => 'http://x/answer',
        resourceType: async (name) => types.get(name),
        unexpected(_, error) {
          throw error
        },
        async invoke(operation, input, { within }) {
          onWrite()
          calls.push(operation)
          const output = operations[operation]?.(input as Record<string, string>) ?? {}
          await within?.({} as Tx, output)
          return output
        },
      },
      ledger,
    )
  return {
    things,
    calls,
    clock,
    ledger,
    get writes() {
      return writes
    },
    begin(yaml: string | undefined, options: Partial<Deployment> & { tags?: Record<string, string> } = {}) {
      const { tags = {}, ...rest } = options
      const kind = rest.kind ?? (ledger.resources.size > 0 ? 'update' : 'create')
      const target: Target | undefined =
        yaml === undefined
          ? undefined
          : {
              template: readTemplate(parseTemplate(yaml)),
              environment: {
                account: '1',
                region: 'r',
                stackId: 'sid',
                stackName: 's',
                notificationArns: [],
                parameters: {},
              },
              tags,
            }
      ledger.lines.length = 0
      ledger.begin(
        {
          id: 'd',
          kind,
          phase: kind === 'delete' ? 'remove' : 'forward',
          onFailure: 'ROLLBACK',
          principal: servicePrincipal('x'),
          ...rest,
        },
        target,
      )
    },
    /** Runs to the end, or until the power goes after `steps` durable steps. */
    async run(steps = Number.POSITIVE_INFINITY): Promise<'over' | 'broken off'> {
      left = steps
      stop = new AbortController()
      try {
        await run()
        return 'over'
      } catch (error) {
        if (!stop.signal.aborted) throw error
        return 'broken off'
      } finally {
        left = Number.POSITIVE_INFINITY
      }
    },
  }
}
