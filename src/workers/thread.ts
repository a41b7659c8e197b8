import { parentPort } from 'node:worker_threads'
import { tasks } from './tasks.ts'

interface Request {
  id: number
  task: string
  input: unknown
}

parentPort?.on('message', async ({ id, task, input }: Request) => {
  try {
    const run = tasks[task]
    if (!run) throw new Error(`there is no task ${task}`)
    parentPort?.postMessage({ id, result: await run(input as never) })
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error))
    parentPort?.postMessage({ id, error: { name, message } })
  }
})
