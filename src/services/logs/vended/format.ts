import type { OutputFormat, VendedRecord } from '../../../telemetry/vended/state.ts'

export interface RecordFormat {
  readonly fields: readonly string[]
  readonly format: OutputFormat
  readonly delimiter: string
}

/** A record as a line: an object of its fields, without those that it lacks, or their values. */
export function lineOf({ fields: values }: VendedRecord, { fields, format, delimiter }: RecordFormat): string {
  if (format === 'json')
    return JSON.stringify(Object.fromEntries(fields.flatMap((name) => (name in values ? [[name, values[name]]] : []))))
  return fields.map((name) => textOf(values[name], delimiter)).join(delimiter)
}

/** What stands above the lines of an object: https://www.w3.org/TR/WD-logfile.html */
export function headerOf({ fields, format }: RecordFormat): string {
  return format === 'w3c' ? `#Version: 1.0\n#Fields: ${fields.join(' ')}\n` : ''
}

/** A value within a line: what would end it, or the line, is written as its code. */
function textOf(value: unknown, delimiter: string): string {
  if (value === undefined || value === null || value === '') return '-'
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return text.replace(/[\r\n]/g, encodeURIComponent).replaceAll(delimiter, encodeURIComponent(delimiter))
}
