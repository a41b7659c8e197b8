import { sns } from './samples/sns.ts'
import { walk } from './walk.ts'

walk(sns)
