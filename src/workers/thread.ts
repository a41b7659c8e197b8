import { parentPort } from 'node:worker_threads'
import type { Reply } from './pool.ts'
import { tasks } from './tasks.ts'

interface Request {
  id: number
  task: string
  input: unknown
}

const reply = (message: Reply) => parentPort?.postMessage(message)

parentPort?.on('message', async ({ id, task, input }: Request) => {
  try {
    const run = tasks[task]
    if (!run) throw new Error(`there is no task ${task}`)
    reply({ id, begun: true })
    reply({ id, result: await run(input as never) })
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error))
    reply({ id, error: { name, message } })
  }
})
