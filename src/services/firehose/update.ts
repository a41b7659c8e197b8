import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { Api } from './api.ts'
import { destinationId } from './describe.ts'
import { changedDestination, rolesOf } from './destination.ts'
import { asking, findActive, invalid, passRoles } from './names.ts'
import { deliveryStream } from './state.ts'

/** https://docs.aws.amazon.com/firehose/latest/APIReference/API_UpdateDestination.html */
export const updating = operations<Api>()({
  UpdateDestination: {
    authorize: (input, ctx) => [
      asking('UpdateDestination', input.DeliveryStreamName, ctx),
      ...passRoles(rolesOf(input)),
    ],
    async write(tx, input, ctx) {
      const found = await findActive(tx, input.DeliveryStreamName)
      if (input.DestinationId !== destinationId) throw invalid(`Destination Id ${input.DestinationId} not found.`)
      if (input.CurrentDeliveryStreamVersionId !== String(found.version)) {
        throw awsError(
          'ConcurrentModificationException',
          `Cannot update firehose: ${found.name} since the current version id: ${found.version} and specified version id: ` +
            `${input.CurrentDeliveryStreamVersionId} do not match`,
        )
      }
      const destination = changedDestination(found.destination, input, found.name, ctx.host)
      const next = { ...found, destination, version: found.version + 1, updatedAtMs: ctx.nowMs }
      tx.set(deliveryStream(found.name), next)
      return {}
    },
  },
})
