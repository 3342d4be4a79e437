// Before each test file: what it makes outside of its tests is undone when it ends. Files that share a process share modules,
// so a hook of a module would be there for the first of them only.
import { afterAll } from 'vitest'
import { endFile } from './end.ts'

afterAll(endFile)
