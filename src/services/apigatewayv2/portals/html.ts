import { escapeHtml } from '../../../kernel/html.ts'

/** Markup that is known to be good: what `html` made, or a renderer that escapes. */
export interface Html {
  readonly html: string
}

type Value = string | number | undefined | Html | readonly Html[]

/** A template of markup: what is put into it is escaped, unless it is markup itself; undefined is nothing. */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Html {
  return { html: strings.map((text, index) => text + written(values[index])).join('') }
}

function written(value: Value): string {
  if (value === undefined) return ''
  if (typeof value === 'string' || typeof value === 'number') return escapeHtml(String(value))
  return 'html' in value ? value.html : value.map((one) => one.html).join('')
}
