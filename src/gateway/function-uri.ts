/**
 * The function an integration's URI names: `arn:aws:apigateway:<region>:lambda:path/2015-03-31/functions/<arn>/invocations`
 * or the function's ARN itself. Stage variables in it are not resolved here. Undefined for anything else.
 */
export function functionOfUri(uri: string): string | undefined {
  const arn = /:lambda:path\/2015-03-31\/functions\/(arn:[^/]+)\/invocations$/.exec(uri)?.[1] ?? uri
  return /^arn:[\w-]+:lambda:[\w-]+:\d{12}:function:[\w-]+(:[\w$-]+)?$/.test(arn) ? arn : undefined
}
