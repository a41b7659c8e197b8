import { missingCredentials } from '../authn/errors.ts'
import { formatArn } from '../kernel/arn.ts'
import { awsError } from '../kernel/errors.ts'
import type { Scope } from '../kernel/records.ts'
import { findInvocation, listInvocations, openInvocation, recordingLimits } from '../telemetry/invocation-read.ts'
import { listUsage } from '../telemetry/usage-read.ts'
import type { BodyBudget } from './body.ts'
import { deliveryRoutes } from './control-deliveries.ts'
import { faultRoutes } from './control-faults.ts'
import { outboxRoutes } from './control-outbox.ts'
import type { Controlled, Route } from './control-route.ts'
import type { Exchange } from './exchange.ts'
import { jsonObject, readSmallBody } from './small-body.ts'
import { requestContext, wireRequest } from './steps.ts'

export interface ControlOptions extends Controlled {
  readonly idleMs: number
  readonly budget: BodyBudget
  /** The region meant by requests that name none. */
  readonly region: string
}

const signingName = 'landfall'
/** Of the paths under `/_landfall/`; they take signed requests. */
export const controlRoutes = [
  'GET /_landfall/invocations?function=NAME',
  'GET /_landfall/invocations/REQUEST-ID',
  'GET /_landfall/usage?since=TIME',
  'GET, POST, DELETE /_landfall/faults',
  'DELETE /_landfall/faults/ID',
  'GET /_landfall/deliveries?kind=KIND&target=PART&limit=N&after=NEXT',
  'POST, DELETE /_landfall/deliveries/ID',
  'GET /_landfall/outbox[/ID]?limit=N&after=NEXT',
  'POST /_landfall/outbox/opt-out',
] as const

const routes: Readonly<Record<string, Route>> = {
  async 'GET invocations'({ query, scope, rest, allow }, { host: { records, sealing, clock, invocations } }) {
    if (!invocations.enabled) {
      throw awsError('NotRecorded', 'This node keeps no invocations. Start it with --record-invocations or --dev.', {
        status: 409,
      })
    }
    const nowMs = clock.nowMs()
    await invocations.flush()
    if (rest === '') {
      const name = query.get('function')
      if (!name) throw awsError('ValidationException', 'Name a function: ?function=NAME', { status: 400 })
      await allow('landfall:ListInvocations', functionArn(scope, name))
      const limit = recordingLimits.invocations
      return { invocations: await records.read(scope, (tx) => listInvocations(tx, name, { nowMs, limit })) }
    }
    const found = await records.read(scope, (tx) => findInvocation(tx, rest, nowMs))
    // Who may see none of them is not told which there are.
    await allow('landfall:GetInvocation', functionArn(scope, found?.functionName ?? '*'))
    if (!found) {
      throw awsError('NotFound', `No invocation ${rest} is kept in ${scope.region}. Each function keeps its last 50.`, {
        status: 404,
      })
    }
    return openInvocation(scope, sealing, found)
  },
  async 'GET usage'({ query, scope, rest, allow }, { host: { records, usage } }) {
    const sinceMs = Date.parse(query.get('since') ?? '')
    if (rest !== '' || Number.isNaN(sinceMs)) {
      throw awsError('ValidationException', 'Give the time from which on: ?since=2026-01-31T00:00:00Z', { status: 400 })
    }
    await allow('landfall:GetUsage', '*')
    await usage.flush()
    return { usage: await records.read(scope, (tx) => listUsage(tx, sinceMs)) }
  },
  ...faultRoutes,
  ...deliveryRoutes,
  ...outboxRoutes,
}

/** The parts of the node's own API that show what is in it: for requests that are signed, and allowed by IAM. */
export function createControl(options: ControlOptions): (x: Exchange) => Promise<boolean> | boolean {
  const { host, region } = options
  return (x) => {
    const [, name = '', rest = ''] = /^\/_landfall\/([a-z-]+)(?:\/([\w-]+))?$/.exec(x.path) ?? []
    const asked = `${x.req.method} ${name}`
    const route = Object.hasOwn(routes, asked) ? routes[asked] : undefined
    if (!route) return false
    return answer(x, route, rest)
  }

  async function answer(x: Exchange, route: Route, rest: string): Promise<boolean> {
    const body = await readSmallBody(x, options)
    const principal = await host.authenticate(wireRequest(x, false, body), [signingName])
    if (principal.kind === 'anonymous') throw missingCredentials('rest-json')
    const query = new URLSearchParams(x.query)
    const scope = { account: principal.account, region: query.get('region') ?? region }
    const value = await route(
      {
        query,
        scope,
        rest,
        body: () => jsonObject(body),
        allow: async (action, resource) => {
          await host.records.read(scope, (tx) =>
            host.authorize(principal, [{ action, resource }], requestContext(x, scope.region), tx),
          )
        },
      },
      options,
    )
    x.response = {
      status: 200,
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
      body: JSON.stringify(value),
    }
    return true
  }
}

function functionArn({ region, account }: Scope, name: string): string {
  return formatArn('lambda', region, account, `function:${name}`)
}
