import { MemoryBackend } from './memory-backend.ts';
import { describeBackend } from './backend-suite.ts';

describeBackend('the memory backend', async () => new MemoryBackend());
