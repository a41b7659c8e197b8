import { askNode, type InvocationSummary } from '../../control.ts'
import { createClients } from '../clients.ts'
import { command } from '../command.ts'
import { connect, connectionOptions } from '../connection.ts'
import { checkFunction, resolveFunction } from '../function-name.ts'
import { stageOption } from '../service.ts'

export const invocations = command({
  name: 'invocations',
  args: 'function',
  summary: 'list the last invocations of a function, to look at or replay',
  about:
    'Lists what a node that records invocations kept of a function: its last 50, for a day. landfall dev and start --dev\nrecord; start does with --record-invocations. Events are kept sealed, and go with the function.',
  options: { ...stageOption, ...connectionOptions },
  examples: [
    ['place', 'of the function "place" of this service'],
    ['orders-dev-place --json', 'by its full name, one JSON document'],
  ],
  async run({ options, args, terminal }) {
    const { name, region } = await resolveFunction(args[0] ?? '', options.stage)
    const node = await connect(options)
    const target = { ...node, region: options.region ?? region ?? node.region }
    const found = await askNode<{ invocations: InvocationSummary[] }>(target, '/_landfall/invocations', {
      function: name,
    })
    if (found.invocations.length === 0) await checkFunction(createClients(target), name)
    terminal.answer(found, () =>
      found.invocations
        .map((one) => {
          const took = `${one.durationMs.toFixed(0).padStart(6)} ms`
          const how = one.error ? terminal.style('red', 'failed') : terminal.style('green', 'ok    ')
          return `${terminal.style('gray', one.at)}  ${one.requestId}  ${how}  ${took}  ${one.eventBytes} bytes`
        })
        .join('\n'),
    )
    if (found.invocations.length === 0) {
      terminal.err(`No invocation of ${name} is kept. Call it: landfall invoke ${args[0]}`)
    } else if (!terminal.json) terminal.err('Call it again with the same event: landfall replay REQUEST-ID')
    return 0
  },
})
