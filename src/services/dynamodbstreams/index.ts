import { defineService } from '../../kernel/service.ts'
import type { Api } from './api.ts'
import model from './model.json' with { type: 'json' }
import { records } from './records.ts'
import { streams } from './streams.ts'

/** What tables tell of the changes of their items. The streams themselves are the tables': `services/dynamodb`. */
export const service = defineService<Api>()({
  id: 'dynamodbstreams',
  model,
  operations: { ...streams, ...records },
  planned: [],
})
