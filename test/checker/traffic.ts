import { DeleteMessageCommand, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs'
import type { Arrival, History } from './promises.ts'
import type { Source } from './source.ts'

export interface Traffic {
  history(): History
  /** No more is sent from here on; resolves when nobody sends. */
  stopSending(): Promise<void>
  stopReceiving(): Promise<void>
  /** Whether all that was acknowledged has arrived. */
  isComplete(): boolean
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Producers of a source, one for each lane, and a consumer of its queue. */
export function startTraffic(source: Source, sqs: SQSClient, everyMs: number): Traffic {
  const acknowledged = new Map<string, number[]>(source.lanes.map((lane) => [lane, []]))
  const arrivals: Arrival[] = []
  const afterDeletion: Arrival[] = []
  const deleted = new Set<string>()
  const seen = new Set<string>()
  let sending = true
  let receiving = true

  async function produce(lane: string): Promise<void> {
    for (let n = 1; sending; n++) {
      for (;;) {
        const done = await source.send({ lane, n }).then(
          () => true,
          () => false,
        )
        if (done) acknowledged.get(lane)?.push(n)
        if (done || !source.sendsAgain) break
        // Also after the end: what may have been accepted is followed by nothing until that is known.
        await pause(20)
      }
      // As a client does whose answer was lost.
      if (source.sendsAgain && n % 4 === 0) await source.send({ lane, n }).catch(() => undefined)
      await pause(everyMs)
    }
  }

  async function consume(): Promise<void> {
    while (receiving) {
      const asked = new ReceiveMessageCommand({
        QueueUrl: source.queueUrl,
        MaxNumberOfMessages: 10,
        WaitTimeSeconds: 1,
      })
      const { Messages = [] } = await sqs.send(asked).catch(() => ({ Messages: undefined }))
      if (Messages.length === 0) await pause(20)
      for (const { MessageId: messageId = '', Body = '', ReceiptHandle } of Messages) {
        for (const event of source.read(Body)) {
          const arrival = { ...event, messageId }
          arrivals.push(arrival)
          seen.add(`${event.lane} ${event.n}`)
          if (deleted.has(messageId)) afterDeletion.push(arrival)
        }
        const gone = new DeleteMessageCommand({ QueueUrl: source.queueUrl, ReceiptHandle })
        await sqs.send(gone).then(
          () => deleted.add(messageId),
          () => undefined,
        )
      }
    }
  }

  const producers = Promise.all(source.lanes.map(produce))
  const consumer = consume()
  return {
    history: () => ({ source: source.name, promises: source.promises, acknowledged, arrivals, afterDeletion }),
    async stopSending() {
      sending = false
      await producers
    },
    async stopReceiving() {
      receiving = false
      await consumer
    },
    isComplete: () => [...acknowledged].every(([lane, numbers]) => numbers.every((n) => seen.has(`${lane} ${n}`))),
  }
}
