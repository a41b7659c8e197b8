import { createClients } from '../clients.ts'
import { command } from '../command.ts'
import { checkReachable, connect, connectionOptions } from '../connection.ts'
import { deployment } from '../deployment.ts'
import { osls } from '../osls.ts'
import { present } from '../present.ts'
import { findService, packagedService, stageOption } from '../service.ts'

export const deploy = command({
  name: 'deploy',
  args: '[dir]',
  summary: 'deploy the service in a folder (default: this one)',
  about:
    "Deploys a serverless.yml to the node, with the service's own osls or serverless when it has one and with ours\notherwise. Nothing in the service has to change.",
  options: { ...stageOption, ...connectionOptions, verbose: { summary: 'show all that the tool prints' } },
  examples: [
    ['', 'deploy the service in this folder'],
    ['services/orders --stage test', 'another folder, another stage'],
    ['--endpoint http://10.0.0.5:4566', 'to a node elsewhere, with the key in AWS_ACCESS_KEY_ID'],
  ],
  async run({ options, args, terminal, signal }) {
    const service = findService(args[0])
    const node = await connect(options)
    await checkReachable(node, signal)
    const stage = options.stage === undefined ? [] : ['--stage', options.stage]
    const done = terminal.progress(`deploying ${service.dir} to ${node.endpoint}`)
    try {
      const shown = options.verbose ? { onOutput: (text: string) => terminal.err(text.trimEnd()) } : {}
      await osls(service, ['deploy', ...stage], node, { signal, ...shown })
    } finally {
      done()
    }
    const { stackName, region } = await packagedService(service)
    const result = await deployment(createClients({ ...node, region }), stackName, node.endpoint)
    terminal.answer(result, () => present(terminal, result))
    return 0
  },
})
