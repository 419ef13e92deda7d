import { z } from 'zod';
import { defineSyscall } from '../syscall.ts';

const note = z.object({
  id: z.string(),
  content: z.string(),
  context: z.string().describe('What the note is about, in a phrase; may be empty'),
  keywords: z.array(z.string()),
  tags: z.array(z.string()),
  agent: z.string().describe('Whose note it is: an agent’s name, or user:NAME'),
  createdAt: z.string().describe('ISO 8601'),
});
export type Note = z.infer<typeof note>;

const scoredNote = note.extend({
  score: z.number().describe('Higher is better; comparable within one answer only'),
});
export type ScoredNote = z.infer<typeof scoredNote>;

export const memoryCalls = {
  'memory.add': defineSyscall({
    summary: 'Remember something. The note belongs to the calling agent and outlives the process.',
    input: z.object({
      content: z.string().min(1).max(100_000),
      context: z.string().max(1000).default(''),
      keywords: z.array(z.string().min(1).max(100)).max(50).default([]),
      tags: z.array(z.string().min(1).max(100)).max(50).default([]),
    }),
    output: z.object({ id: z.string() }),
    resource: 'memory',
    effect: 'write',
    permission: { action: 'memory.write' },
  }),
  'memory.search': defineSyscall({
    summary: 'Recall the calling agent’s notes that match a question or words, best first.',
    input: z.object({
      query: z.string().min(1).max(2000),
      limit: z.number().int().positive().max(100).default(5),
      tags: z.array(z.string()).optional().describe('Only notes that carry all of these'),
    }),
    output: z.object({ notes: z.array(scoredNote) }),
    resource: 'memory',
    effect: 'read',
    permission: { action: 'memory.read' },
  }),
} as const;
