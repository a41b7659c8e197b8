import { kms } from './samples/kms.ts'
import { walk } from './walk.ts'

walk(kms)
