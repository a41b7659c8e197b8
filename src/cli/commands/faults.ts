import { askNode, type ControlTarget, type Fault } from '../../control.ts'
import { command, usageError, type Values } from '../command.ts'
import { connect, connectionOptions } from '../connection.ts'
import { parseDurationMs } from '../duration.ts'
import type { Terminal } from '../terminal.ts'

const path = '/_landfall/faults'

const faultOptions = {
  service: { value: 'ID', summary: 'a service: sqs, dynamodb, s3 … (default: every one)' },
  operation: { value: 'NAME', summary: 'an operation: SendMessage; run: of functions; receive: of messages; deliver' },
  function: { value: 'NAME', summary: 'only where this function is called' },
  queue: { value: 'NAME', summary: 'only of this queue' },
  by: { value: 'TIME', summary: 'of latency and delay: how long, 500ms, 2s, 5m' },
  code: { value: 'NAME', summary: 'of error: its code (default: InternalFailure)' },
  status: { value: 'NUMBER', summary: 'of error: its HTTP status' },
  when: { value: 'WHEN', summary: 'of crash: before or after what was done is acknowledged (default: before)' },
  probability: { value: 'P', summary: 'of each time that it could happen, 0 to 1 (default: 1)' },
  count: { value: 'N', summary: 'how often it happens at most' },
  in: { value: 'TIME', summary: 'not before that long from now' },
  for: { value: 'TIME', summary: 'for that long' },
  seed: { value: 'N', summary: 'what chance is drawn from: the same again makes the same choices (default: 1)' },
} as const

export const faults = command({
  name: 'faults',
  args: '[add|remove|clear] [what]',
  summary: 'let things go wrong on purpose: list, add ACTION, remove ID, clear',
  about: `Shows whether a service bears what clouds do: slowness, throttling, errors, messages that come twice, late or in
another order, a node that dies. Faults are off until set, are met by the account that set them, and end with the node.
A node allows them with --dev or LANDFALL_FAULTS=1.

  latency    requests take --by longer            duplicate  a message or delivery comes twice
  throttle   the service's own throttling error   reorder    a message comes behind the others (standard queues)
  error      an error, --code and --status        delay      a message or delivery comes --by later
  crash      the process dies --when before or after what it did is acknowledged; start it again yourself`,
  options: { ...faultOptions, ...connectionOptions },
  examples: [
    ['', 'what is set, and how often each has happened'],
    ['add throttle --service dynamodb --probability 0.2', 'every fifth request to tables is throttled'],
    ['add duplicate --queue orders --probability 0.1 --seed 7', 'some messages of "orders" come twice'],
    ['add latency --operation run --function place --by 2s --for 10m', 'the function "place" is slow for a while'],
    ['add crash --when after --operation SendMessage --count 1', 'the node dies after the next message is accepted'],
    ['clear', 'all is well again'],
  ],
  async run({ options, args, terminal }) {
    const [action, what] = args
    const ask = await asked(action, what, options)
    const node: ControlTarget = await connect(options)
    const { faults, fault } = await ask(node)
    const shown = faults ?? (fault ? [fault] : [])
    terminal.answer(fault ?? { faults: shown }, () => shown.map((one) => line(one, terminal)).join('\n'))
    if (shown.length === 0 && !terminal.json) terminal.err('No fault is set. See: landfall faults --help')
    return 0
  },
})

type Answer = { readonly faults?: readonly Fault[]; readonly fault?: Fault }
type Ask = (node: ControlTarget) => Promise<Answer>

/** What is to be asked of the node, checked before it is looked for. */
async function asked(
  action: string | undefined,
  what: string | undefined,
  options: Values<typeof faultOptions>,
): Promise<Ask> {
  const none = what === undefined
  if (action === undefined) return (node) => askNode(node, path)
  if (action === 'clear' && none) return (node) => askNode(node, path, {}, { method: 'DELETE' })
  if (action === 'remove' && !none) {
    return (node) => askNode(node, `${path}/${encodeURIComponent(what)}`, {}, { method: 'DELETE' })
  }
  if (action === 'add' && !none) {
    const body = faultOf(what, options)
    return (node) => askNode(node, path, {}, { method: 'POST', body })
  }
  throw usageError(
    action === 'add' || action === 'remove'
      ? `landfall faults ${action} needs to know what.`
      : `landfall faults does not take that.`,
    'Give one like: landfall faults add throttle --service sqs (or: remove ID, clear)',
  )
}

function faultOf(action: string, options: Values<typeof faultOptions>): object {
  const { service, operation, function: functionName, queue, code } = options
  if ((action === 'latency' || action === 'delay') && options.by === undefined) {
    throw usageError(
      `landfall faults add ${action} needs --by.`,
      `Give one like: landfall faults add ${action} --by 2s`,
    )
  }
  return {
    ...{ action, service, operation, function: functionName, queue, code },
    delayMs: options.by === undefined ? undefined : parseDurationMs(options.by),
    when: options.when ?? (action === 'crash' ? 'before' : undefined),
    status: numberOf('--status', options.status),
    probability: numberOf('--probability', options.probability),
    count: numberOf('--count', options.count),
    seed: numberOf('--seed', options.seed),
    inMs: options.in === undefined ? undefined : parseDurationMs(options.in),
    forMs: options.for === undefined ? undefined : parseDurationMs(options.for),
  }
}

function numberOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  if (text.trim() !== '' && Number.isFinite(value)) return value
  throw usageError(`${option} must be a number, not "${text}".`, 'See: landfall faults --help')
}

function line(fault: Fault, terminal: Terminal): string {
  const { id, account: _, hits, action, ...rest } = fault
  const settings = Object.entries(rest).map(([name, value]) =>
    name === 'fromMs' || name === 'untilMs'
      ? `${name.slice(0, -2)}=${new Date(value as number).toISOString()}`
      : `${name}=${value}`,
  )
  return `${terminal.style('gray', id)}  ${terminal.style('bold', action)}  ${settings.join(' ')}  happened ${hits} ${hits === 1 ? 'time' : 'times'}`
}
