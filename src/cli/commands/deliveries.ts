import { askNode, ControlError, type ControlTarget, type WaitingDelivery, type WaitingPage } from '../../control.ts'
import { command, usageError } from '../command.ts'
import { connect, connectionOptions } from '../connection.ts'
import type { Terminal } from '../terminal.ts'

const path = '/_landfall/deliveries'

export const deliveries = command({
  name: 'deliveries',
  args: '[redrive|drop] [id]',
  summary: 'list what waits to be delivered and why, try it now, or drop it',
  about: `Shows what a node has yet to bring: messages of topics, events of rules and buckets, asynchronous invocations. Each
with its target, how often it was tried, why that failed, and when it is tried again. Messages in queues are not
deliveries: those wait for whoever receives them.`,
  options: {
    kind: { value: 'KIND', summary: 'only of a kind: sns:deliver, sns:drain, events:deliver, s3:notify, lambda:event' },
    target: { value: 'PART', summary: 'only to targets with this in their name' },
    limit: { value: 'N', summary: 'list at most so many (default: 100, up to 1000)' },
    after: { value: 'NEXT', summary: 'go on after a page, from its "next"' },
    yes: { summary: 'drop without being asked again' },
    ...connectionOptions,
  },
  examples: [
    ['', 'what waits in this region, and why'],
    ['--target orders --json', 'for targets with "orders" in their name, one JSON document'],
    ['redrive ID', 'try one now, without waiting for its time'],
    ['redrive --kind sns:deliver', 'try all of a kind now, when a target is back'],
    ['drop ID --yes', 'give one up for ever: it goes to no dead-letter queue'],
  ],
  async run({ options, args, terminal }) {
    const [action, id] = args
    const { kind, target, limit, after } = options
    const filter = { ...(kind && { kind }), ...(target && { target }) }
    if (action !== undefined && action !== 'redrive' && action !== 'drop') {
      throw usageError(`landfall deliveries does not take "${action}".`, 'See: landfall deliveries --help')
    }
    if (action !== undefined && id === undefined && !kind && !target) {
      throw usageError(
        `Say which to ${action}: its id, or --kind or --target.`,
        'See which there are: landfall deliveries',
      )
    }
    const node = await connect(options)
    if (action === undefined) {
      const page = await askNode<WaitingPage>(node, path, {
        ...filter,
        ...(limit && { limit }),
        ...(after && { after }),
      })
      return show(page, terminal)
    }
    if (action === 'drop' && !options.yes) {
      throw usageError('What is dropped is gone: nobody is told of it.', 'To do so all the same, add --yes')
    }
    const method = action === 'redrive' ? 'POST' : 'DELETE'
    const act = (one: string) => askNode(node, `${path}/${encodeURIComponent(one)}`, {}, { method })
    if (id !== undefined) await act(id)
    const count = id === undefined ? await forAll(node, filter, action, act, terminal) : 1
    terminal.answer({ action, count }, () => `${count} ${action === 'redrive' ? 'tried now' : 'dropped'}`)
    return 0
  },
})

/** Page by page; what has gone on by itself meanwhile needs nothing. Those tried now that fail again come after all others. */
async function forAll(
  node: ControlTarget,
  filter: Record<string, string>,
  action: 'redrive' | 'drop',
  act: (id: string) => Promise<unknown>,
  terminal: Terminal,
): Promise<number> {
  let count = 0
  let after: string | undefined
  do {
    const page: WaitingPage = await askNode<WaitingPage>(node, path, {
      ...filter,
      limit: '1000',
      ...(after && { after }),
    })
    after = page.next
    for (const one of page.deliveries) {
      if (one.state === 'running' || (action === 'drop' && one.undroppable !== undefined)) continue
      try {
        await act(one.id)
        count++
      } catch (error) {
        if (!(error instanceof ControlError) || (error.status !== 404 && error.status !== 409)) throw error
        terminal.err(`${one.kind} to ${one.target}: ${error.message}`)
      }
    }
  } while (after !== undefined)
  return count
}

function show(page: WaitingPage, terminal: Terminal): number {
  terminal.answer(page, () => page.deliveries.map((one) => line(one, terminal)).join('\n'))
  if (terminal.json) return 0
  if (page.deliveries.length === 0 && !page.next) terminal.err('Nothing waits to be delivered.')
  if (page.next) terminal.err(`There is more: landfall deliveries --after ${page.next}`)
  return 0
}

function line(
  { id, kind, target, state, createdAt, dueAt, attempts, lastError }: WaitingDelivery,
  terminal: Terminal,
): string {
  const when = state === 'running' ? 'being tried' : `next ${dueAt}`
  const first = `${terminal.style('bold', kind)} to ${terminal.style('cyan', target)}  ${state}, ${when}`
  const why = lastError === undefined ? '' : `\n  ${terminal.style('red', lastError)}`
  return `${first}\n  since ${createdAt}, ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}${why}\n  ${terminal.style('gray', id)}`
}
