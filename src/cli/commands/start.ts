import { relative } from 'node:path'
import { readConfig } from '../../config.ts'
import { command } from '../command.ts'
import { nodeOptions, nodeSettings, runNode } from '../node.ts'

export const start = command({
  name: 'start',
  summary: 'run a node until Ctrl-C',
  about:
    'Runs a node: every API on one port, all data in one folder. Requests have to be signed; an administrator key is\nmade once and kept in the data folder. --dev accepts the key test/test too, on loopback only.',
  options: {
    ...nodeOptions,
    host: { value: 'ADDRESS', summary: 'the address to listen on (default: 127.0.0.1)' },
    name: { value: 'NAMES', summary: 'names that clients use for the node, separated by commas' },
    dev: { summary: 'accept the key test/test and let the clock be moved; loopback only' },
  },
  examples: [
    ['', 'on 127.0.0.1:4566, data in .landfall'],
    ['--data /srv/landfall --host 0.0.0.0 --name cloud.example', 'for a team: reachable from other machines'],
    ['--dev --ephemeral --port 0', 'for a test: any free port, nothing kept'],
  ],
  async run({ options, terminal, signal }) {
    const config = readConfig({
      ...nodeSettings(options),
      ...(options.host ? { host: options.host } : {}),
      ...(options.name ? { names: options.name.toLowerCase().split(',') } : {}),
      dev: options.dev === true,
    })
    await using node = await runNode(config)
    const keyHint =
      node.adminKeyFile === undefined
        ? 'key: test / test (--dev)'
        : `key: in ${relative('.', node.adminKeyFile)}${node.recorded ? `; use it with: eval "$(landfall env${elsewhere(config.dataDir)})"` : ''}`
    terminal.answer({ endpoint: node.endpoint, dataDir: config.dataDir, pid: process.pid }, () =>
      [
        `Landfall is ready at ${terminal.style('cyan', node.endpoint)}`,
        config.ephemeral
          ? 'data: in memory, gone when this ends (--ephemeral)'
          : `data: ${relative('.', config.dataDir) || '.'}`,
        keyHint,
      ].join('\n'),
    )
    await ended(signal)
    return 0
  },
})

/** How other commands find a data folder that is not the one they look in. */
function elsewhere(dataDir: string): string {
  return dataDir === readConfig().dataDir ? '' : ` --data ${relative('.', dataDir)}`
}

function ended(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
