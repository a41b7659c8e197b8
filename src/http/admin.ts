import type { DeployedUrl } from '../gateway/urls.ts'
import type { MovableClock } from '../kernel/clock.ts'
import { awsError } from '../kernel/errors.ts'
import type { BodyBudget } from './body.ts'
import { controlRoutes } from './control.ts'
import type { Exchange } from './exchange.ts'
import { isForeignOrigin, isOwnHost, refuseHost, refuseOrigin } from './guard.ts'
import { jsonObject, readSmallBody } from './small-body.ts'
import { welcomePage } from './welcome.ts'

export interface AdminOptions {
  readonly version: string
  readonly dev: boolean
  readonly clock: MovableClock
  /** The node's own names, besides addresses and localhost. */
  readonly names: readonly string[]
  readonly budget: BodyBudget
  readonly idleMs: number
  /** Names of the services there are. */
  readonly services: readonly string[]
  /** Moves the clock, and remembers it. */
  advance(byMs: number): Promise<void>
  isDraining(): boolean
  /** The APIs that are deployed, for the page of a development node. */
  deployed(): Promise<readonly DeployedUrl[]>
  /** Answers what only signed and allowed requests may ask; false when the path is none of that. */
  control(x: Exchange): Promise<boolean> | boolean
}

type Answer = (x: Exchange) => Promise<void> | void

/**
 * The node's own API, under `/_landfall/`, and its page at `/`. Answers true when the path was its own. Pages of other
 * origins and rebound names are refused.
 */
export function createAdmin(options: AdminOptions): (x: Exchange) => Promise<boolean> | boolean {
  const routes: Readonly<Record<string, Answer>> = {
    'GET /_landfall/health': (x) => {
      const status = options.isDraining() ? 'draining' : 'ready'
      json(x, options.isDraining() ? 503 : 200, {
        status,
        version: options.version,
        dev: options.dev,
        services: options.services,
      })
    },
    'GET /_landfall/clock': (x) => {
      json(x, 200, { nowMs: options.clock.nowMs(), offsetMs: options.clock.offsetMs })
    },
    'POST /_landfall/clock': async (x) => {
      if (!options.dev)
        throw awsError('AccessDenied', 'The clock can be moved only on a node that was started with --dev.', {
          status: 403,
        })
      const { advanceMs } = await readJson(x)
      if (typeof advanceMs !== 'number' || !(advanceMs > 0) || advanceMs > maxAdvanceMs) {
        throw awsError(
          'ValidationException',
          `advanceMs is a number from 1 to ${maxAdvanceMs} (${maxAdvanceMs / 86_400_000} days). The clock only moves forwards.`,
          { status: 400 },
        )
      }
      await options.advance(advanceMs)
      json(x, 200, { nowMs: options.clock.nowMs(), offsetMs: options.clock.offsetMs })
    },
  }

  async function page(x: Exchange): Promise<boolean> {
    const { version, services, dev } = options
    // Who may see a node that others reach need not see what is deployed on it.
    const apis = dev ? await options.deployed() : []
    x.response = {
      status: 200,
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
      },
      body: welcomePage({ origin: `http://${x.req.headers.host}`, version, services, dev, apis }),
    }
    return true
  }

  async function readJson(x: Exchange): Promise<Record<string, unknown>> {
    return jsonObject(await readSmallBody(x, options))
  }

  async function orControl(x: Exchange): Promise<boolean> {
    if (await options.control(x)) return true
    throw awsError(
      'NotFound',
      `There is no ${x.req.method} ${x.path}. This node has ${[...Object.keys(routes), ...controlRoutes].join(', ')}.`,
      { status: 404 },
    )
  }

  return (x) => {
    const own = x.path.startsWith('/_landfall/')
    if (!own && !isBrowserAtRoot(x)) return false
    if (!isOwnHost(x.hostname, options.names)) throw refuseHost(x.hostname)
    if (isForeignOrigin(x.req.headers.origin, x.req.headers.host)) throw refuseOrigin(x.req.headers.origin ?? '')
    if (!own) return page(x)
    const route = routes[`${x.req.method} ${x.path}`]
    if (!route) return orControl(x)
    const pending = route(x)
    return pending ? pending.then(() => true) : true
  }
}

/** About ten years; further only by asking again. */
const maxAdvanceMs = 315_360_000_000

/** An unsigned GET of `/` that wants HTML: a person. Anything else there is S3's ListBuckets. */
function isBrowserAtRoot({ path, req }: Exchange): boolean {
  return (
    path === '/' &&
    req.method === 'GET' &&
    req.headers.authorization === undefined &&
    (req.headers.accept?.includes('text/html') ?? false)
  )
}

function json(x: Exchange, status: number, value: object): void {
  x.response = {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
    body: JSON.stringify(value),
  }
}
