import { isAbsolute, relative, sep } from 'node:path'
import { type Config, inheritedEnvironment, readConfig } from '../../config.ts'
import { type Clients, createClients } from '../clients.ts'
import { command, usageError } from '../command.ts'
import { devKey } from '../connection.ts'
import { develop } from '../live/develop.ts'
import { nodeOptions, nodeSettings, portNumber, runNode } from '../node.ts'
import { findService, type Service, stageOption } from '../service.ts'

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
    refuseAmongSources(service, config)
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

/** What the node writes is no edit, and does not belong into a function's package: `.landfall` is kept out of both. */
function refuseAmongSources(service: Service, { dataDir, ephemeral }: Config): void {
  const path = relative(service.dir, dataDir)
  const [first = ''] = path.split(sep)
  if (ephemeral || first === '..' || first === '.landfall' || isAbsolute(path)) return
  throw usageError(
    `The data folder ${path || '.'} is among the sources of the service, which are watched and packaged.`,
    'Leave --data out (.landfall), or name a folder elsewhere.',
  )
}
