import { inheritedEnvironment, readConfig } from '../../config.ts'
import { type Clients, createClients } from '../clients.ts'
import { command } from '../command.ts'
import { devKey } from '../connection.ts'
import { develop } from '../live/develop.ts'
import { nodeOptions, nodeSettings, portNumber, runNode } from '../node.ts'
import { findService, stageOption } from '../service.ts'

export const dev = command({
  name: 'dev',
  args: '[dir]',
  summary: 'run a service here: node, deployment, logs, and updates as you edit',
  about:
    'Starts a node with --dev, deploys the service, prints its URLs and its logs, and updates functions as their\nsource changes: in well under a second, because only their code is replaced. Data is kept in .landfall.',
  options: {
    ...nodeOptions,
    ...stageOption,
    inspect: {
      value: 'FUNCTION',
      summary: 'let a debugger be attached to this function (Node, or Python with debugpy)',
    },
    'inspect-port': {
      value: 'NUMBER',
      summary: 'where the debugger attaches on loopback (default: 9229; 0 takes a free one)',
    },
  },
  examples: [
    ['', 'the service in this folder'],
    ['examples/orders', 'the service in another'],
    ['--inspect place', 'stop in "place": its time limit stands still while a debugger is attached'],
    ['--ephemeral --port 0', 'leaving nothing behind, on any free port'],
  ],
  async run({ options, args, terminal, signal }) {
    const service = findService(args[0])
    const quiet = inheritedEnvironment().LANDFALL_LOG ? {} : { logLevel: 'warn' as const }
    const config = readConfig({ ...nodeSettings(options), ...quiet, dev: true, sourceMaps: true })
    const inspectPort = portNumber(options['inspect-port'] ?? '9229', '--inspect-port')
    await using node = await runNode(config)
    const connection = { endpoint: node.endpoint, region: config.region, credentials: devKey, from: 'landfall dev' }
    // One set a region: each has connections of its own.
    const clients = new Map<string, Clients>()
    await develop({
      service,
      stage: options.stage,
      ...(options.inspect === undefined ? {} : { inspection: { node, key: options.inspect, port: inspectPort } }),
      connection,
      clientsIn(region) {
        const made = clients.get(region) ?? createClients({ ...connection, region })
        clients.set(region, made)
        return made
      },
      terminal,
      signal,
    })
    return 0
  },
})
