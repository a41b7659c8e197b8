/** A query, read. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html */
export type Command =
  | { readonly kind: 'fields' | 'display'; readonly columns: readonly Column[] }
  | {
      readonly kind: 'filter'
      readonly test: Expression
      /** `filterIndex`: events that no index was made of are left out. */
      readonly indexed?: boolean
    }
  | {
      readonly kind: 'parse'
      readonly of: Expression
      readonly pattern: string
      readonly flags: string
      readonly names: readonly string[]
    }
  | { readonly kind: 'stats'; readonly columns: readonly Column[]; readonly by: readonly Column[] }
  | { readonly kind: 'sort'; readonly by: readonly { readonly of: Expression; readonly descending: boolean }[] }
  | {
      readonly kind: 'lookup'
      readonly table: string
      readonly on: readonly { readonly column: string; readonly field: string }[]
      readonly output: readonly string[]
    }
  | { readonly kind: 'limit'; readonly count: number }
  | { readonly kind: 'dedup'; readonly by: readonly Expression[] }

export interface Column {
  /** What it is called in results: its alias, else its text. */
  readonly name: string
  readonly of: Expression
}

export type Expression =
  | { readonly kind: 'value'; readonly value: string | number }
  | { readonly kind: 'regex'; readonly source: string; readonly flags: string }
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'call'; readonly name: string; readonly of: readonly Expression[] }
  | { readonly kind: 'unary'; readonly sign: 'not' | '-'; readonly of: Expression }
  | { readonly kind: 'binary'; readonly sign: string; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'in'; readonly of: Expression; readonly list: readonly Expression[] }
  /** What a group of rows comes to; `index` is its place among those of its command. */
  | { readonly kind: 'aggregate'; readonly name: string; readonly of: readonly Expression[]; readonly index: number }
