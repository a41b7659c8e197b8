import { awsError } from '../kernel/errors.ts'

const actions = ['latency', 'throttle', 'error', 'duplicate', 'reorder', 'delay', 'crash'] as const
export type FaultAction = (typeof actions)[number]

/** Something that is to go wrong, where, how often and for how long. */
export interface FaultInput {
  readonly action: FaultAction
  /** A service by its id (`sqs`); absent: every one. */
  readonly service?: string
  readonly operation?: string
  readonly function?: string
  readonly queue?: string
  /** Of each time that it could happen. Default 1. */
  readonly probability: number
  /** How often it happens at most. */
  readonly count?: number
  /** By the node's clock. */
  readonly fromMs?: number
  readonly untilMs?: number
  /** What chance is drawn from: the same seed and the same order of events make the same choices. */
  readonly seed: number
  /** Of `latency` and `delay`. */
  readonly delayMs?: number
  /** Of `error`: its code and HTTP status. */
  readonly code?: string
  readonly status?: number
  /** Of `crash`: before what was done is acknowledged, or right after. */
  readonly when?: 'before' | 'after'
}

/** A fault as it stands. */
export interface Fault extends FaultInput {
  readonly id: string
  readonly account: string
  /** How often it has happened. */
  readonly hits: number
}

const names = ['service', 'operation', 'function', 'queue'] as const
const longestMs = 86_400_000

/** Reads what a client asks for. Throws ValidationException, which says what is wrong. */
export function readFault(given: Readonly<Record<string, unknown>>, nowMs: number): FaultInput {
  const { action, when, code, ...rest } = given
  const known = ['probability', 'count', 'seed', 'delayMs', 'status', 'inMs', 'forMs', ...names]
  const unknown = Object.keys(rest).find((name) => !known.includes(name))
  if (unknown !== undefined) throw invalid(`A fault has no ${unknown.slice(0, 50)}.`)
  if (!isAction(action)) throw invalid(`action is one of ${actions.join(', ')}.`)
  const number = (name: string, least: number, most: number) => numberOf(given, name, least, most)
  const whole = (name: string, least: number, most: number) => {
    const value = number(name, least, most)
    if (value !== undefined && !Number.isInteger(value)) throw invalid(`${name} is a whole number.`)
    return value
  }
  if (action !== 'crash' && when !== undefined) throw invalid('when is of the action crash.')
  if (action === 'crash' && when !== 'before' && when !== 'after') throw invalid('when of a crash is before or after.')
  if (action !== 'error' && (code !== undefined || given.status !== undefined)) {
    throw invalid('code and status are of the action error.')
  }
  if (code !== undefined && !(typeof code === 'string' && /^[A-Za-z][\w.]{0,99}$/.test(code))) {
    throw invalid('code is the name of an error.')
  }
  const takesTime = action === 'latency' || action === 'delay'
  const delayMs = number('delayMs', 1, longestMs)
  if (takesTime !== (delayMs !== undefined))
    throw invalid('delayMs is of the actions latency and delay, which need it.')
  const queue = nameOf(given, 'queue')
  if (queue?.endsWith('.fifo') && isFate(action)) {
    throw invalid(`A FIFO queue keeps its promises: ${action} is for standard queues.`)
  }
  const fromMs = (number('inMs', 0, 365 * longestMs) ?? 0) + nowMs
  const forMs = number('forMs', 1, 365 * longestMs)
  return defined({
    action,
    ...Object.fromEntries(names.map((name) => [name, nameOf(given, name)])),
    probability: number('probability', 0, 1) ?? 1,
    count: whole('count', 1, 1_000_000_000),
    fromMs: given.inMs === undefined ? undefined : fromMs,
    untilMs: forMs === undefined ? undefined : fromMs + forMs,
    seed: whole('seed', 0, 2 ** 32 - 1) ?? 1,
    delayMs,
    code: code as string | undefined,
    status: whole('status', 400, 599),
    when: when as FaultInput['when'],
  })
}

/** What messages meet; the rest is met by what is done. */
export function isFate(action: FaultAction): boolean {
  return action === 'duplicate' || action === 'reorder' || action === 'delay'
}

function isAction(value: unknown): value is FaultAction {
  return actions.some((action) => action === value)
}

function numberOf(given: Readonly<Record<string, unknown>>, name: string, least: number, most: number) {
  const value = given[name]
  if (value === undefined) return undefined
  if (typeof value === 'number' && value >= least && value <= most) return value
  throw invalid(`${name} is a number from ${least} to ${most}.`)
}

function nameOf(given: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = given[name]
  if (value === undefined) return undefined
  if (typeof value === 'string' && /^[\w.-]{1,140}$/.test(value)) return value
  throw invalid(`${name} is a name.`)
}

/** Without what is undefined. */
function defined<T extends object>(all: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as T
}

function invalid(message: string) {
  return awsError('ValidationException', message, { status: 400 })
}
