import { awsError } from '../../kernel/errors.ts'

/** Throws BadRequestException unless it can be a route's key: `GET /orders/{id}`, `ANY /{proxy+}`, `$default`. */
export function checkKey(key: string): void {
  if (key === '$default') return
  const match = /^(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|ANY) (\/\S*)$/.exec(key)
  const segments = match?.[2]?.slice(1).split('/') ?? []
  const well = segments.every(
    (part, index) =>
      /^(\{[\w.:-]+\}|[^{}]*)$/.test(part) || (/^\{[\w.:-]+\+\}$/.test(part) && index === segments.length - 1),
  )
  if (!match || !well) {
    throw awsError(
      'BadRequestException',
      `The provided route key is not formatted properly for HTTP protocol. Format should be "<HTTP METHOD> /<RESOURCE PATH>" or "$default", not "${key.slice(0, 200)}".`,
    )
  }
}
