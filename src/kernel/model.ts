// Placeholder of the table types: owned by the protocol work (see protocol/).
export interface Model {
  /** Folder name under services. */
  readonly id: string
}
