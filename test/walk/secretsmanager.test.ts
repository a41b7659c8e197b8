import { secretsmanager } from './samples/secretsmanager.ts'
import { walk } from './walk.ts'

walk(secretsmanager)
