import { createClients } from '../clients.ts'
import { command } from '../command.ts'
import { connect, connectionOptions } from '../connection.ts'
import { deployment } from '../deployment.ts'
import { present } from '../present.ts'
import { findService, packagedService, stageOption } from '../service.ts'

export const info = command({
  name: 'info',
  args: '[dir]',
  summary: 'show what is deployed: URLs, functions, outputs',
  about: 'Reads a deployed service back from the node. With --stack, any stack by its name.',
  options: {
    ...stageOption,
    stack: { value: 'NAME', summary: 'a stack by name, instead of a folder' },
    ...connectionOptions,
  },
  examples: [
    ['', 'the service in this folder'],
    ['--stack orders-test', 'a stack by its name'],
    ['--json', 'for programs: .routes[].url, .outputs'],
  ],
  async run({ options, args, terminal }) {
    const node = await connect(options)
    const target =
      options.stack === undefined
        ? await packagedService(findService(args[0]), options.stage)
        : { stackName: options.stack, region: node.region }
    const clients = createClients({ ...node, region: options.region ?? target.region })
    const result = await deployment(clients, target.stackName, node.endpoint)
    terminal.answer(result, () => present(terminal, result))
    return 0
  },
})
