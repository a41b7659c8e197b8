/** The name of the log group that an ARN names. */
export function logGroupOf(arn: string): string | undefined {
  return /^arn:aws:logs:[\w-]+:\d{12}:log-group:([\w./#-]+?)(?::\*)?$/.exec(arn)?.[1]
}
